/* SPDX-License-Identifier: MIT */
/* rampart_evidence_parse() and rampart_evidence_events(), on the JSON as a machine sends it. */
#include "measure/verify/evidence.h"
#include "tests/fuzz/fuzz.h"

static void check_certs(const struct evidence_certs *certs, struct span all)
{
	require(certs->n <= EVIDENCE_CERTS_MAX);
	for (size_t i = 0; i < certs->n; i++)
		require(is_inside(certs->der[i], all) && certs->der[i].left <= EVIDENCE_CERT_MAX);
}

static void check_spans(const struct rampart_evidence *ev, size_t size)
{
	struct span all = span_of(ev->bytes, size);
	const struct span fields[] = { ev->ak,		ev->certificate, ev->firmware_log,
				       ev->runtime_log, ev->quote,	 ev->signature };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		require(is_inside(fields[i], all));
	check_certs(&ev->ak_certs, all);
	check_certs(&ev->ek_certs, all);
	require(ev->path.n <= MERKLE_PATH_MAX);
}

static void check_events(const struct rampart_evidence *ev)
{
	struct rampart_error error = { "" };
	struct rampart_event *events = NULL;
	size_t n = SIZE_MAX;

	if (rampart_evidence_events(ev, &events, &n, &error) < 0) {
		require(events == NULL && n == SIZE_MAX && error.text[0] && is_line(error.text));
		return;
	}
	for (size_t i = 0; i < n; i++)
		require(is_line(events[i].log) && is_line(events[i].type) &&
			is_line(events[i].what));
	free(events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_evidence *ev = NULL;
	struct rampart_error error = { "" };
	struct rampart_report *report;
	char *json;

	if (rampart_evidence_parse((const char *)data, size, &ev, &error) == 0) {
		check_spans(ev, size);
		check_events(ev);
		rampart_evidence_free(ev);
		return 0;
	}
	require(ev == NULL && error.text[0] && is_line(error.text));
	require(rampart_report_refused(&error, 0, &report, NULL) == 0);
	require(report->verdict != RAMPART_HOLDS && report->reason[0]);
	json = rampart_report_json(report);
	require(json != NULL);
	free(json);
	rampart_report_free(report);
	return 0;
}
