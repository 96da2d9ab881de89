/* SPDX-License-Identifier: MIT */
/* eventlog_*(), describe_event() and records_add_firmware(): a log is read whole, or refused. */
#include "fuzz.h"
#include "measure/lib/describe.h"
#include "measure/lib/eventlog.h"
#include "measure/verify/records.h"

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
	require(ev->type == EV_NO_ACTION || ev->pcr < EVENTLOG_PCRS);
	for (size_t i = 0; i < _HASH_MAX; i++)
		require(!ev->has[i] || ev->digest[i].alg == (enum hash_alg)i);
	for (size_t i = 0; i < _HASH_MAX && number > 0; i++)
		require(ev->has[i] == log->bank[i]);
	check_text(ev);
}

/* 0 if the log was read to its end and its events could be replayed. */
static int read_events(struct eventlog log, struct span input, struct eventlog_pcrs *pcrs)
{
	struct diag diag = { .off = SIZE_MAX };
	struct eventlog_event ev;
	size_t end = 0;
	int r;

	for (size_t i = 0;; i++) {
		memset(&ev, FRESH, sizeof(ev));
		r = eventlog_next(&log, &ev, &diag);
		if (r <= 0)
			break;
		check_event(&log, &ev, i, input, end);
		end = input.left - log.rest.left;
		r = eventlog_pcrs_apply(pcrs, &ev);
		if (r < 0)
			return r;
	}
	require(is_fresh(&ev, sizeof(ev)));
	require(r == 0 || (diag.what && diag.off <= input.left));
	for (size_t i = end; i < input.left && r == 0; i++)
		require(input.p[i] == 0);
	return r;
}

static void check_records(struct span input, int want, const struct eventlog_pcrs *pcrs)
{
	struct rampart_error error = { "" };
	struct records records = { 0 };
	int r = records_add_firmware(&records, "log", input.p, input.left, &error);

	require((r < 0) == (want < 0));
	if (r < 0)
		require(error.text[0] && is_line(error.text));
	else
		require(!memcmp(records.pcrs.value, pcrs->value, sizeof(pcrs->value)));
	records_done(&records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct eventlog_pcrs pcrs, replayed;
	struct span input = span_of(data, size);
	struct diag diag = { .off = SIZE_MAX };
	struct eventlog log;
	int r;

	memset(&log, FRESH, sizeof(log));
	if (eventlog_open(data, size, &log, &diag) < 0) {
		require(is_fresh(&log, sizeof(log)) && diag.what && diag.off <= size);
		check_records(input, -1, NULL);
		return 0;
	}
	eventlog_pcrs_init(&pcrs, log.bank);
	r = read_events(log, input, &pcrs);
	memset(&replayed, FRESH, sizeof(replayed));
	require((eventlog_replay(&log, &replayed, &diag) < 0) == (r < 0));
	if (r < 0)
		require(is_fresh(&replayed, sizeof(replayed)));
	else
		require(!memcmp(replayed.value, pcrs.value, sizeof(pcrs.value)));
	check_records(input, r, &pcrs);
	return 0;
}
