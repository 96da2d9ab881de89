/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure/lib/array.h"
#include "measure/record/error.h"
#include "measure/verify/verifying.h"

void found(struct verifying *v, enum check_id id, enum rampart_outcome outcome, const char *format,
	   ...)
{
	struct rampart_check *check = &v->report->check[id];
	char text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check->outcome = outcome;
	check->text = pool_text(&v->report->pool, text);
	check->code = outcome == RAMPART_FAILS || outcome == RAMPART_UNSURE ? check->id : NULL;
}

void found_detail(struct verifying *v, enum check_id id, enum rampart_outcome outcome,
		  const char *detail, const char *text)
{
	struct rampart_check *check = &v->report->check[id];

	found(v, id, outcome, "%s", text);
	if (detail && check->code)
		check->code = pool_print(&v->report->pool, "%s.%s", check->id, detail);
}

void warn(struct verifying *v, const char *format, ...)
{
	struct rampart_report *public = &v->report->public;
	char text[400];
	va_list args;

	if (public->n_warnings == ARRAY_SIZE(v->report->warning))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->report->warning[public->n_warnings++] = pool_text(&v->report->pool, text);
}

int rampart_verify(const struct rampart_policy *policy, const struct rampart_evidence *evidence,
		   const struct rampart_connection *connection,
		   const struct rampart_activation *activation, int64_t time,
		   struct rampart_report **ret_report, struct rampart_error *error)
{
	struct verifying v = {
		.policy = policy,
		.ev = evidence,
		.connection = connection,
		.activation = activation,
		.time = time,
		.report = report_new(),
	};

	if (!v.report)
		return error_memory(error);
	check_forms(&v);
	check_connection(&v);
	check_tpm(&v);
	find_golden(&v);
	check_logs(&v);
	check_golden(&v);
	check_trust(&v);
	report_fill(&v);
	golden_done(&v.values);
	X509_free(v.certificate);
	certs_done(&v.signers);
	runtime_events_done(&v.runtime);
	records_done(&v.records);
	if (v.report->pool.failed) {
		rampart_report_free(&v.report->public);
		return error_memory(error);
	}
	*ret_report = &v.report->public;
	return 0;
}
