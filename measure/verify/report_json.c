/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "measure/rampart.h"

/* Takes over list and value; NULL if memory ran out, once and for all. */
static json_t *append(json_t *list, json_t *value)
{
	if (list && json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *checks_to_json(const struct rampart_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_checks && list; i++) {
		const struct rampart_check *c = &report->check[i];

		list = append(list, json_pack("{s:s, s:s, s:s, s:s?}", "id", c->id, "outcome",
					      rampart_outcome_name(c->outcome), "text", c->text,
					      "code", c->code));
	}
	return list;
}

static json_t *pcrs_to_json(const struct rampart_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_pcrs && list; i++) {
		const struct rampart_pcr *p = &report->pcr[i];

		list = append(list, json_pack("{s:s, s:i, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:b}",
					      "bank", p->bank, "pcr", (int)p->pcr, "from", p->from,
					      "golden", p->golden, "rule", p->rule, "value",
					      p->value, "replayed", p->replayed, "equal", p->equal,
					      "explained", p->explained));
	}
	return list;
}

static json_t *differences_to_json(const struct rampart_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_differences && list; i++) {
		const struct rampart_difference *d = &report->difference[i];

		list = append(
			list,
			json_pack("{s:s, s:s, s:i, s:s?, s:s?, s:s?, s:s?, s:o, s:s?, s:s?, s:s?}",
				  "kind", d->kind, "bank", d->bank, "pcr", (int)d->pcr,
				  "expected_type", d->expected_type, "expected_what",
				  d->expected_what, "expected", d->expected, "log", d->log,
				  "number",
				  d->log ? json_integer((json_int_t)d->number) : json_null(),
				  "got_type", d->got_type, "got_what", d->got_what, "got", d->got));
	}
	return list;
}

static json_t *unchecked_to_json(const struct rampart_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_unchecked && list; i++)
		list = append(list, json_pack("{s:i, s:s}", "pcr", (int)report->unchecked[i].pcr,
					      "why", report->unchecked[i].why));
	return list;
}

static json_t *texts_to_json(const char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n && list; i++)
		list = append(list, json_string(text[i]));
	return list;
}

char *rampart_report_json(const struct rampart_report *report)
{
	const struct rampart_golden *g = report->golden;
	const struct rampart_clock *c = &report->clock;
	json_t *golden = json_null(), *clock = json_null(), *json;
	char *text;

	if (g)
		golden = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:b, s:I, s:o, s:o, s:s*}",
				   "name", g->name, "sha256", g->sha256, "image", g->image,
				   "version", g->version, "platform", g->platform, "shape",
				   json_loads(g->shape, 0, NULL), "debug", g->debug, "matches",
				   g->matches, "differing", (json_int_t)g->n_differing, "signers",
				   texts_to_json(g->signer, g->n_signers), "release",
				   g->has_release ? json_integer(g->release) : json_null(),
				   "config", g->config);
	if (report->has_clock)
		clock = json_pack("{s:I, s:I, s:I, s:b}", "clock_ms", (json_int_t)c->clock_ms,
				  "resets", (json_int_t)c->resets, "restarts",
				  (json_int_t)c->restarts, "safe", c->safe);
	json = json_pack(
		"{s:s, s:s, s:s, s:b, s:I, s:o, s:s?, s:s?, s:s?, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"schema", "rampart-report/1", "verdict", rampart_outcome_name(report->verdict),
		"reason", report->reason, "online", report->online, "time",
		(json_int_t)report->time, "until",
		report->until ? json_integer(report->until) : json_null(), "until_why",
		report->until_why, "identity", report->identity, "ak", report->ak, "trust",
		report->trust, "root", report->root, "golden", golden, "checks",
		checks_to_json(report), "pcrs", pcrs_to_json(report), "differences",
		differences_to_json(report), "warnings",
		texts_to_json(report->warning, report->n_warnings), "unchecked",
		unchecked_to_json(report), "tpm", clock);
	text = json ? json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
	json_decref(json);
	return text;
}
