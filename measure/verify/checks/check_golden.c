/* SPDX-License-Identifier: MIT */
/* Whether the PCR values are golden, and of an image and a platform that the policy accepts. */
#include <stdio.h>
#include <string.h>

#include "measure/verify/policy/accept.h"
#include "measure/verify/verifying.h"

/* PCRs of golden's banks that are not as golden says; all of a bank that the machine has not. */
static size_t count_differing(const struct golden *golden, const struct pcrs *got)
{
	size_t n = 0;

	for (size_t bank = 0; bank < _HASH_MAX; bank++)
		for (unsigned pcr = 0; pcr < GOLDEN_COMPARED && golden->bank[bank]; pcr++)
			n += !got->bank[bank] ||
			     !digest_equal(&golden->value[bank][pcr], &got->value[bank][pcr]);
	return n;
}

/* The ones that match and are accepted, or that match, or the nearest; the first of these. */
static void find_golden(struct verifying *v)
{
	const struct rampart_policy *policy = v->policy;

	for (size_t i = 0; i < policy->n_goldens; i++) {
		const struct policy_golden *golden = &policy->golden[i];
		size_t n = count_differing(&golden->values, &v->ev->values);

		if (!v->golden || n < v->n_differing ||
		    (n == 0 && !accept_all(policy, v->golden) && accept_all(policy, golden))) {
			v->golden = golden;
			v->n_differing = n;
		}
	}
	v->golden_matches = v->golden && v->n_differing == 0;
}

static void explain_values(struct verifying *v)
{
	const struct golden *golden = &v->golden->values;
	bool differs[GOLDEN_COMPARED] = { false };
	const char *missing = NULL;
	char text[256];
	size_t len = 0;

	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		if (golden->bank[bank] && !v->ev->values.bank[bank]) {
			missing = hash_name((enum hash_alg)bank);
			continue;
		}
		for (unsigned pcr = 0; pcr < GOLDEN_COMPARED && golden->bank[bank]; pcr++)
			differs[pcr] |= !digest_equal(&golden->value[bank][pcr],
						      &v->ev->values.value[bank][pcr]);
	}
	text[0] = 0;
	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED; pcr++)
		if (differs[pcr])
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u",
						len > 0 ? ", " : "", pcr);
	if (missing)
		found(v, CHECK_GOLDEN_VALUES, RAMPART_FAILS,
		      "the machine has no bank %s, and the nearest golden values (%s %s, %s) have",
		      missing, golden->image, golden->version, v->golden->name);
	else
		found(v, CHECK_GOLDEN_VALUES, RAMPART_FAILS,
		      "PCR %s differ from the nearest golden values (%s %s, %s)", text,
		      golden->image, golden->version, v->golden->name);
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

	if (pcr >= GOLDEN_COMPARED || c->bad)
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
		      v->golden_matches ? "a log cannot be read" : "no golden values match");
		return;
	}
	c.golden = &v->golden->values;
	take_firmware_types(&c, v->firmware);
	for (size_t i = 0; i < v->runtime.n; i++)
		take_type(&c, v->runtime.list[i].pcr, v->runtime.list[i].type);
	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED && !c.bad; pcr++)
		if (take_golden(&c, pcr)) {
			c.bad = "an event less";
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
			struct finding f = accept_golden(v->policy, v->golden, rule);

			found_detail(v, id, f.outcome, f.detail, f.text);
		} else {
			found(v, id, RAMPART_SKIPPED, "no golden values match");
		}
	}
}

void check_golden(struct verifying *v)
{
	find_golden(v);
	check_values(v);
	check_types(v);
	check_policy(v);
}
