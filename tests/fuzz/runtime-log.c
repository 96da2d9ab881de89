/* SPDX-License-Identifier: MIT */
/* runtime_next(), runtime_events() and records_add_runtime(): digests are those of the lines. */
#include "measure/lib/event.h"
#include "measure/record/records.h"
#include "measure/record/runtime.h"
#include "tests/fuzz/fuzz.h"

static size_t banks_of(const struct runtime_record *rec, enum hash_alg ret_banks[static _HASH_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < _HASH_MAX; i++)
		if (rec->has[i])
			ret_banks[n++] = (enum hash_alg)i;
	return n;
}

/* What init would write for this event is a record of the same event. */
static void write_again(const struct runtime_record *rec, size_t number)
{
	struct event event = { .pcr = rec->pcr, .len = rec->text.left };
	enum hash_alg banks[_HASH_MAX];
	size_t n = banks_of(rec, banks), len;
	struct runtime_record again;
	struct runtime_log log;
	char line[EVENT_CEL_MAX];

	memcpy(event.line, rec->text.p, event.len);
	if (n == 0)
		return;
	require(event_cel(&event, number, banks, n, line, sizeof(line), &len) == 0);
	require(len > 0 && line[len - 1] == '\n');
	log = (struct runtime_log){ span_of(line, len), number, true };
	require(runtime_next(&log, &again, NULL) == 1 && log.rest.left == 0);
	require(again.pcr == rec->pcr && again.text.left == rec->text.left &&
		!memcmp(again.text.p, rec->text.p, rec->text.left));
	for (size_t i = 0; i < _HASH_MAX; i++)
		require(again.has[i] == rec->has[i] &&
			(!rec->has[i] || digest_equal(&again.digest[i], &rec->digest[i])));
	runtime_record_done(&again);
}

static void check_record(const struct runtime_record *rec, size_t number)
{
	struct digest digest;
	enum runtime_kind kind;

	require(rec->pcr < PCRS_N && !strcmp(rec->type, RUNTIME_TYPE));
	for (size_t i = 0; i < _HASH_MAX; i++) {
		if (!rec->has[i])
			continue;
		hash_bytes((enum hash_alg)i, rec->text.p, rec->text.left, &digest);
		require(digest_equal(&digest, &rec->digest[i]));
	}
	if (runtime_kind(rec, &kind) == NULL)
		write_again(rec, number);
}

static void fuzz_lines(const char *text, size_t len, bool strict)
{
	struct runtime_log log = { .rest = span_of(text, len), .strict = strict };
	struct rampart_error error = { "" };
	struct runtime_record rec;
	int r;

	for (memset(&rec, FRESH, sizeof(rec)); (r = runtime_next(&log, &rec, &error)) > 0;
	     memset(&rec, FRESH, sizeof(rec)))
		runtime_record_done(&rec);
	require(is_fresh(&rec, sizeof(rec)) && (r == 0) == (log.rest.left == 0 && !error.text[0]));
}

static void fuzz_records(const char *text, size_t len)
{
	struct rampart_error error = { "" };
	struct records records = { 0 };

	if (records_add_runtime(&records, "log", text, len, &error) < 0)
		require(error.text[0] && is_line(error.text));
	for (size_t i = 0; i < records.n; i++)
		require(is_line(records.list[i].what) && is_line(records.list[i].type_name));
	records_done(&records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rampart_error error = { "" };
	struct runtime_events events;

	fuzz_lines(text, size, false);
	fuzz_lines(text, size, true);
	fuzz_records(text, size);
	memset(&events, FRESH, sizeof(events));
	if (runtime_events(text, size, &events, &error) < 0) {
		require(is_fresh(&events, sizeof(events)) && error.text[0] && is_line(error.text));
		return 0;
	}
	for (size_t i = 0; i < events.n; i++)
		check_record(&events.list[i], i);
	runtime_events_done(&events);
	return 0;
}
