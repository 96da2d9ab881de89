/* SPDX-License-Identifier: MIT */
/* Whether the PCR values are golden, and of an image and a platform that the policy accepts. */
#include <stdio.h>
#include <string.h>

#include "measure/record/compare.h"
#include "measure/verify/policy/accept.h"
#include "measure/verify/verifying.h"

/* A document proves one bank, and the second edition has it beside sha256. */
static bool is_compared(const struct verifying *v, const struct golden *golden, enum hash_alg bank)
{
	if (v->policy->bank[bank])
		return true;
	if (v->ev->has_document && golden->edition >= 2 && golden->bank[HASH_SHA384])
		return bank == HASH_SHA384;
	return compare_bank(golden, bank, v->ev->values.bank);
}

/* Whether some bank that is compared has what a PCR is judged by. */
static bool is_judged(const struct verifying *v, const struct golden *golden, unsigned pcr)
{
	for (enum hash_alg bank = 0; bank < _HASH_MAX; bank++)
		if (golden->pcr[pcr].n[bank] > 0 && is_compared(v, golden, bank))
			return true;
	return golden->pcr[pcr].rule != GOLDEN_VALUES;
}

/* Whether a PCR is as golden says; none is of a bank that either of them has not. */
static bool is_golden(const struct verifying *v, const struct golden *golden, enum hash_alg bank,
		      unsigned pcr)
{
	const struct pcrs *got = &v->ev->values;

	return golden->bank[bank] && got->bank[bank] && is_judged(v, golden, pcr) &&
	       compare_accepts(golden, v->has_records ? &v->records : NULL, bank, pcr,
			       &got->value[bank][pcr]);
}

/* PCRs of golden's banks that are not as golden says. */
static size_t count_differing(const struct verifying *v, const struct golden *golden)
{
	size_t n = 0;

	for (enum hash_alg bank = 0; bank < _HASH_MAX; bank++)
		for (unsigned pcr = 0; pcr < GOLDEN_COMPARED; pcr++)
			n += is_compared(v, golden, bank) && !is_golden(v, golden, bank, pcr);
	return n;
}

/* The events of the logs, for golden values that go by these. */
static void take_records(struct verifying *v)
{
	struct span firmware = v->ev->firmware_log, runtime = v->ev->runtime_log;

	v->has_records =
		v->has_firmware && v->has_runtime &&
		records_add_firmware(&v->records, "", firmware.p, firmware.left, NULL) == 0 &&
		records_add_runtime(&v->records, "", (const char *)runtime.p, runtime.left, NULL) ==
			0;
}

/* The line of the config event; empty: there is not exactly one. */
static struct span config_line(const struct runtime_events *events)
{
	struct span line = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < events->n; i++) {
		enum runtime_kind kind;

		if (!runtime_kind(&events->list[i], &kind) && kind == RUNTIME_CONFIG && n++ == 0)
			line = events->list[i].text;
	}
	return n == 1 ? line : (struct span){ 0 };
}

/* The ones that match and are accepted, or that match, or the nearest; the first of these. */
void find_golden(struct verifying *v)
{
	const struct rampart_policy *policy = v->policy;
	struct span line = config_line(&v->runtime);

	for (size_t i = 0; i < policy->n_goldens && !v->has_records; i++)
		if (policy->golden[i].values.edition >= 2)
			take_records(v);
	for (size_t i = 0; i < policy->n_goldens; i++) {
		const struct policy_golden *golden = &policy->golden[i];
		struct golden values;
		struct instance config;
		const char *unsettled;
		size_t n;

		if (golden_copy(&golden->values, &values) < 0) {
			v->report->pool.failed = true;
			return;
		}
		unsettled = golden_configure(&values, line, &config);
		n = count_differing(v, &values);
		if (v->golden && n >= v->n_differing &&
		    (n > 0 || accept_all(policy, v->golden, v->time) ||
		     !accept_all(policy, golden, v->time))) {
			golden_done(&values);
			continue;
		}
		golden_done(&v->values);
		v->values = values;
		v->config = config;
		v->unsettled = unsettled;
		v->golden = golden;
		v->n_differing = n;
	}
	v->golden_matches = v->golden && v->n_differing == 0;
}

static void explain_values(struct verifying *v)
{
	const struct golden *golden = &v->values;
	bool differs[GOLDEN_COMPARED] = { false };
	const char *missing = NULL;
	bool unknown = false; /* it is golden that lacks it */
	char text[256];
	size_t len = 0;

	for (enum hash_alg bank = 0; bank < _HASH_MAX; bank++) {
		if (!is_compared(v, golden, bank))
			continue;
		if (!v->ev->values.bank[bank] || !golden->bank[bank]) {
			missing = hash_name(bank);
			unknown = !golden->bank[bank];
			continue;
		}
		for (unsigned pcr = 0; pcr < GOLDEN_COMPARED; pcr++)
			differs[pcr] |= !is_golden(v, golden, bank, pcr);
	}
	text[0] = 0;
	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED; pcr++)
		if (differs[pcr])
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u",
						len > 0 ? ", " : "", pcr);
	if (missing && unknown)
		found(v, CHECK_GOLDEN_VALUES, RAMPART_FAILS,
		      "the policy wants values of the bank %s, and the nearest golden ones (%s %s, %s) have none",
		      missing, golden->image, golden->version, v->golden->name);
	else if (missing)
		found(v, CHECK_GOLDEN_VALUES, RAMPART_FAILS,
		      "the machine has no bank %s, and the nearest golden values (%s %s, %s) have",
		      missing, golden->image, golden->version, v->golden->name);
	else
		found(v, CHECK_GOLDEN_VALUES, RAMPART_FAILS,
		      "PCR %s differ from the nearest golden values (%s %s, %s)%s%s", text,
		      golden->image, golden->version, v->golden->name, v->unsettled ? ": " : "",
		      v->unsettled ? v->unsettled : "");
}

static void check_values(struct verifying *v)
{
	if (!v->golden)
		found(v, CHECK_GOLDEN_VALUES, RAMPART_FAILS,
		      "there are no golden values to compare with");
	else if (!v->golden_matches)
		explain_values(v);
	else
		found(v, CHECK_GOLDEN_VALUES, RAMPART_HOLDS, "those of %s %s (%s)",
		      v->golden->values.image, v->golden->values.version, v->golden->name);
}

/* ---- types ---- */

/* Whether the golden events of a PCR are to come just as they are listed. */
static bool is_exact(const struct golden *golden, unsigned pcr)
{
	return golden->pcr[pcr].rule == GOLDEN_EXACT;
}

/* Golden events by PCR, each taken as the logs come to it. */
struct cursor {
	const struct golden *golden;
	size_t next[GOLDEN_COMPARED];	     /* where to look for the next one */
	const char *bad;		     /* NULL: all types so far are as expected */
	const struct golden_event *expected; /* NULL: no event was */
	unsigned pcr;
	char got[32];
};

/* The next golden event of a PCR; NULL: there is none left. */
static const struct golden_event *take_golden(struct cursor *c, unsigned pcr)
{
	while (c->next[pcr] < c->golden->n_events) {
		const struct golden_event *event = &c->golden->event[c->next[pcr]++];

		if (event->pcr == pcr)
			return event;
	}
	return NULL;
}

static void take_type(struct cursor *c, unsigned pcr, const char *type)
{
	const struct golden_event *want;

	if (pcr >= GOLDEN_COMPARED || c->bad || !is_exact(c->golden, pcr))
		return;
	want = take_golden(c, pcr);
	if (want && !strcmp(want->type, type))
		return;
	c->bad = want ? "another type" : "an event more";
	c->expected = want;
	c->pcr = pcr;
	snprintf(c->got, sizeof(c->got), "%s", type);
}

static void take_firmware_types(struct cursor *c, struct eventlog log)
{
	struct eventlog_event ev;

	while (eventlog_next(&log, &ev, NULL) > 0) {
		const char *name = eventlog_type_name(ev.type);
		char number[16];

		snprintf(number, sizeof(number), "0x%08x", ev.type);
		if (ev.type != EV_NO_ACTION)
			take_type(c, ev.pcr, name ? name : number);
	}
}

static void check_types(struct verifying *v)
{
	struct cursor c = { 0 };

	if (!v->golden_matches || !v->has_firmware || !v->has_runtime) {
		found(v, CHECK_GOLDEN_TYPES, RAMPART_SKIPPED, "%s",
		      !v->golden_matches ? "no golden values match"
		      : v->log_absent	 ? "there is no firmware log"
					 : "a log cannot be read");
		return;
	}
	c.golden = &v->values;
	take_firmware_types(&c, v->firmware);
	for (size_t i = 0; i < v->runtime.n; i++)
		take_type(&c, v->runtime.list[i].pcr, v->runtime.list[i].type);
	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED && !c.bad; pcr++)
		if (is_exact(c.golden, pcr) && take_golden(&c, pcr)) {
			c.bad = "an event less";
			c.pcr = pcr;
		}
	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED && !c.bad; pcr++)
		if (!is_exact(c.golden, pcr) &&
		    !(v->has_records &&
		      compare_matches(c.golden, &v->records,
				      v->ev->has_document ? HASH_SHA384 : golden_bank(c.golden),
				      pcr, true))) {
			c.bad = "other events";
			c.pcr = pcr;
		}
	if (!c.bad)
		found(v, CHECK_GOLDEN_TYPES, RAMPART_HOLDS, "of every event");
	else if (c.expected)
		found(v, CHECK_GOLDEN_TYPES, RAMPART_FAILS,
		      "PCR %u: an event of type %s that should be %s \"%.80s\"", c.pcr, c.got,
		      c.expected->type, c.expected->what);
	else
		found(v, CHECK_GOLDEN_TYPES, RAMPART_FAILS, "PCR %u: %s than expected", c.pcr,
		      c.bad);
}

/* ---- policy ---- */

static void check_policy(struct verifying *v)
{
	for (enum accept_rule rule = 0; rule < _ACCEPT_MAX; rule++) {
		enum check_id id = CHECK_POLICY_SIGNERS + rule;

		if (v->golden_matches) {
			struct finding f = accept_golden(v->policy, v->golden, rule, v->time);

			found_detail(v, id, f.outcome, f.detail, f.text);
		} else {
			found(v, id, RAMPART_SKIPPED, "no golden values match");
		}
	}
}

void check_golden(struct verifying *v)
{
	check_values(v);
	check_types(v);
	check_policy(v);
}
