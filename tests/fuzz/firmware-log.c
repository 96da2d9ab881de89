/* SPDX-License-Identifier: MIT */
/* eventlog_*(), describe_event() and records_add_firmware(): a log is read whole, or refused. */
#include "measure/record/describe.h"
#include "measure/record/eventlog.h"
#include "measure/record/records.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const struct eventlog_event *ev)
{
	static const size_t sizes[] = { 8, 33, DESCRIBE_MAX };
	char text[DESCRIBE_MAX];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		describe_event(ev, text, sizes[i]);
		require(strlen(text) < sizes[i] && is_line(text));
		for (const char *c = text; *c; c++)
			require(*c <= 0x7e && *c > 0);
	}
}

/* Events follow each other without a gap. */
static void check_event(const struct eventlog *log, const struct eventlog_event *ev, size_t number,
			struct span input, size_t end)
{
	require(ev->index == number && ev->off == end && is_inside(ev->data, input));
	for (size_t i = 0; i < _HASH_MAX; i++)
		require(!ev->has[i] || ev->digest[i].alg == (enum hash_alg)i);
	for (size_t i = 0; i < _HASH_MAX && number > 0; i++)
		require(!ev->has[i] || log->bank[i]);
	check_text(ev);
}

/* Applies an event; one that breaks a rule changes nothing. */
static bool apply(struct pcrs *pcrs, const struct eventlog_event *ev)
{
	static struct pcrs before;
	const char *rule;

	before = *pcrs;
	rule = eventlog_apply(pcrs, ev);
	require(!rule || (rule[0] && is_line(rule) && !memcmp(&before, pcrs, sizeof(before))));
	return !rule;
}

/* 0 if the log was read to its end; counts the events, and those that break a rule. */
static int read_events(struct eventlog log, struct span input, struct pcrs *pcrs, size_t *ret_n,
		       size_t *ret_broken)
{
	struct diag diag = { .off = SIZE_MAX };
	struct eventlog_event ev;
	size_t end = 0;
	int r;

	*ret_broken = 0;
	for (*ret_n = 0;; ++*ret_n) {
		memset(&ev, FRESH, sizeof(ev));
		r = eventlog_next(&log, &ev, &diag);
		if (r <= 0)
			break;
		check_event(&log, &ev, *ret_n, input, end);
		end = input.left - log.rest.left;
		*ret_broken += !apply(pcrs, &ev);
	}
	require(is_fresh(&ev, sizeof(ev)));
	require(r == 0 || (diag.what && diag.off <= input.left));
	for (size_t i = end; i < input.left && r == 0; i++)
		require(input.p[i] == input.p[end] && (input.p[i] == 0 || input.p[i] == 0xff));
	return r;
}

/* What could be read is there, whether the log holds or not. */
static void check_records(struct span input, bool holds, const struct pcrs *pcrs, size_t n,
			  size_t n_broken)
{
	struct rampart_error error = { "" };
	struct records records = { 0 };
	int r = records_add_firmware(&records, "log", input.p, input.left, &error);

	require((r == 0) == holds && records.n == n);
	if (r < 0)
		require(error.text[0] && is_line(error.text));
	else
		require(!memcmp(records.pcrs.value, pcrs->value, sizeof(pcrs->value)));
	for (size_t i = 0; i < records.n; i++)
		n_broken -= records.list[i].breaks != NULL;
	require(n_broken == 0);
	records_done(&records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pcrs pcrs, replayed;
	struct span input = span_of(data, size);
	struct diag diag = { .off = SIZE_MAX };
	struct eventlog log;
	size_t n, n_broken;
	bool holds;

	memset(&log, FRESH, sizeof(log));
	if (eventlog_open(data, size, &log, &diag) < 0) {
		require(is_fresh(&log, sizeof(log)) && diag.what && diag.off <= size);
		check_records(input, false, NULL, 0, 0);
		return 0;
	}
	pcrs_init(&pcrs, log.bank);
	pcrs.narrows = true;
	holds = read_events(log, input, &pcrs, &n, &n_broken) == 0 && n_broken == 0;
	memset(&replayed, FRESH, sizeof(replayed));
	require((eventlog_replay(&log, &replayed, &diag) == 0) == holds);
	if (!holds)
		require(is_fresh(&replayed, sizeof(replayed)));
	else
		require(!memcmp(replayed.value, pcrs.value, sizeof(pcrs.value)));
	check_records(input, holds, &pcrs, n, n_broken);
	return 0;
}
