/* SPDX-License-Identifier: MIT */
/* Whether the logs explain the PCR values, and what the runtime log says of identity and end. */
#include <stdio.h>
#include <string.h>

#include "measure/lib/event.h"
#include "measure/lib/pcrs.h"
#include "measure/verify/verifying.h"

/*
 * A machine without a firmware log, where the golden values that match have no need of one: their
 * values of PCR 0 to 14 are compared as they are.
 */
static bool needs_no_log(const struct verifying *v)
{
	return v->log_absent && v->golden_matches && v->golden->values.log_optional;
}

static void check_absence(struct verifying *v)
{
	if (!v->log_absent)
		return;
	if (!needs_no_log(v)) {
		found(v, CHECK_FIRMWARE_LOG_FORM, RAMPART_FAILS,
		      "firmware_log: it is empty, and no golden values match that go without");
		return;
	}
	found(v, CHECK_FIRMWARE_LOG_FORM, RAMPART_SKIPPED,
	      "the machine has none; the golden values go without");
	warn(v,
	     "there is no firmware log: PCR 0 to 7 and 9 to 12 are compared as values, and no event shows what they are of");
}

static void skip(struct verifying *v, enum check_id id)
{
	found(v, id, RAMPART_SKIPPED, "the %s log cannot be read",
	      v->has_runtime ? "firmware's" : "runtime");
}

static size_t count_banks(const struct verifying *v)
{
	size_t n = 0;

	for (size_t i = 0; i < _HASH_MAX; i++)
		n += v->ev->values.bank[i];
	return n;
}

/* Whether a measurement of the firmware is also into a bank that nobody here can replay. */
static bool has_unknown_bank(struct eventlog log)
{
	struct eventlog_event ev;

	while (eventlog_next(&log, &ev, NULL) > 0) {
		size_t n = 0;

		for (size_t i = 0; i < _HASH_MAX; i++)
			n += ev.has[i];
		if (ev.type != EV_NO_ACTION && ev.n_digests != n)
			return true;
	}
	return false;
}

/* Whether the firmware's log leads to values of these banks. Its header may list more than its
 * events have, of a TPM that has less. */
static bool is_of_banks(const struct eventlog *log, const bool bank[static _HASH_MAX])
{
	struct pcrs pcrs;

	if (memcmp(log->bank, bank, sizeof(log->bank)) == 0)
		return true;
	return eventlog_replay(log, &pcrs, NULL) == 0 &&
	       memcmp(pcrs.bank, bank, sizeof(pcrs.bank)) == 0;
}

/* What is wrong with the banks of the firmware's log, or NULL. */
static const char *bad_banks(const struct verifying *v)
{
	const bool *bank = v->ev->values.bank;

	if (v->ev->has_document && !bank[HASH_SHA384]) /* a document holds no other */
		return "the PCR values are not of the bank sha384";
	if (!pcrs_bank_suffices(bank))
		return "neither the bank sha256 nor sha384 is active";
	/* Others that the log has are the machine's, and nothing here goes by them. */
	if (v->ev->has_document)
		return needs_no_log(v) || v->firmware.bank[HASH_SHA384]
			       ? NULL
			       : "the firmware's log has no bank sha384";
	if (needs_no_log(v))
		return NULL;
	if (!is_of_banks(&v->firmware, bank))
		return "the firmware's log is of other banks than the PCR values";
	if (v->firmware.n_algs > count_banks(v) && has_unknown_bank(v->firmware))
		return "the firmware's log has a bank that is not known here";
	return NULL;
}

/* The first runtime record of other banks; NULL if there is none. */
static const struct runtime_record *bad_record(const struct verifying *v)
{
	size_t n_banks = count_banks(v);

	for (size_t i = 0; i < v->runtime.n; i++) {
		const struct runtime_record *rec = &v->runtime.list[i];

		if (v->ev->has_document
			    ? !rec->has[HASH_SHA384]
			    : rec->n_digests != n_banks ||
				      memcmp(rec->has, v->ev->values.bank, sizeof(rec->has)) != 0)
			return rec;
	}
	return NULL;
}

static void check_banks(struct verifying *v)
{
	const struct runtime_record *rec;
	const char *what;

	if ((!v->has_firmware && !needs_no_log(v)) || !v->has_runtime) {
		skip(v, CHECK_LOGS_BANKS);
		return;
	}
	what = bad_banks(v);
	rec = bad_record(v);
	if (what)
		found(v, CHECK_LOGS_BANKS, RAMPART_FAILS, "%s", what);
	else if (rec)
		found(v, CHECK_LOGS_BANKS, RAMPART_FAILS,
		      "runtime record %zu is of other banks than the PCR values",
		      (size_t)(rec - v->runtime.list));
	else
		found(v, CHECK_LOGS_BANKS, RAMPART_HOLDS, "of the same banks, %s among them",
		      hash_name(v->ev->values.bank[HASH_SHA256] ? HASH_SHA256 : HASH_SHA384));
}

/* Both logs from zero. NULL, or the rule that an event breaks, and which it is. */
static const char *replay(struct verifying *v, const char **ret_log, size_t *ret_number)
{
	struct eventlog log = v->firmware;
	const char *rule = NULL;
	struct eventlog_event ev;

	/* Without a firmware log only the runtime log's PCRs are explained: list_differing(). */
	pcrs_init(&v->replayed, v->ev->values.bank);
	*ret_log = "firmware's";
	while (!rule && v->has_firmware && eventlog_next(&log, &ev, NULL) > 0) {
		*ret_number = ev.index;
		rule = eventlog_apply(&v->replayed, &ev);
	}
	if (rule)
		return rule;
	*ret_log = "runtime";
	for (size_t i = 0; i < v->runtime.n && !rule; i++) {
		const struct runtime_record *rec = &v->runtime.list[i];

		*ret_number = i;
		ev = (struct eventlog_event){ .pcr = rec->pcr, .type = EV_COMPACT_HASH };
		memcpy(ev.has, rec->has, sizeof(ev.has));
		memcpy(ev.digest, rec->digest, sizeof(ev.digest));
		rule = eventlog_apply(&v->replayed, &ev);
	}
	return rule;
}

/* Whether init alone extends it. */
static bool is_runtime_pcr(unsigned pcr)
{
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++)
		if (event_capped_pcrs[i] == pcr)
			return true;
	return false;
}

/* "sha256 4, sha256 9", the PCRs whose values a and b differ; their number. */
static size_t list_differing(const struct pcrs *a, const struct pcrs *b, bool only_runtime,
			     char *ret_text, size_t size)
{
	size_t n = 0, len = 0;

	ret_text[0] = 0;
	for (size_t bank = 0; bank < _HASH_MAX; bank++)
		for (unsigned pcr = 0; pcr < EVIDENCE_PCRS && a->bank[bank]; pcr++) {
			if (only_runtime && !is_runtime_pcr(pcr))
				continue;
			if (digest_equal(&a->value[bank][pcr], &b->value[bank][pcr]))
				continue;
			snprintf(ret_text + len, size - len, "%s%s %u", n++ > 0 ? ", " : "",
				 hash_name((enum hash_alg)bank), pcr);
			len = strlen(ret_text);
		}
	return n;
}

static void check_replay(struct verifying *v)
{
	const char *rule, *log = NULL;
	size_t number = 0;
	char text[512];

	if ((!v->has_firmware && !needs_no_log(v)) || !v->has_runtime) {
		skip(v, CHECK_LOGS_REPLAY);
		return;
	}
	rule = replay(v, &log, &number);
	v->has_replay = !rule && v->has_firmware;
	if (rule)
		found(v, CHECK_LOGS_REPLAY, RAMPART_FAILS,
		      "event %zu of the %s log cannot be replayed: %s", number, log, rule);
	else if (list_differing(&v->ev->values, &v->replayed, !v->has_firmware, text,
				sizeof(text)) > 0)
		found(v, CHECK_LOGS_REPLAY, RAMPART_FAILS,
		      "the logs do not lead to the values of PCR: %s", text);
	else if (!v->has_firmware)
		found(v, CHECK_LOGS_REPLAY, RAMPART_HOLDS,
		      "the runtime log leads to the values of PCR 8, 13, 14, 15; the others are not replayed, for want of a firmware log");
	else
		found(v, CHECK_LOGS_REPLAY, RAMPART_HOLDS, "they lead to every PCR value");
}

/* What one pass over the runtime log finds. */
struct told {
	const char *bad; /* the first line that is none, and its number */
	size_t bad_record;
	const struct runtime_record *error, *identity;
	size_t n_identities;
	bool identity_late; /* after a ready */
	size_t n_ready[PCRS_N];
	bool after_ready[PCRS_N]; /* something follows ready */
};

static void take_kind(struct told *t, const struct runtime_record *rec, enum runtime_kind kind)
{
	if (kind == RUNTIME_ERROR && !t->error)
		t->error = rec;
	if (kind == RUNTIME_IDENTITY) {
		t->n_identities++;
		t->identity = rec;
		for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++)
			t->identity_late |= t->n_ready[event_capped_pcrs[i]] > 0;
	}
	t->after_ready[rec->pcr] |= t->n_ready[rec->pcr] > 0;
	t->n_ready[rec->pcr] += kind == RUNTIME_READY;
}

static struct told read_runtime(const struct runtime_events *events)
{
	struct told t = { 0 };

	for (size_t i = 0; i < events->n; i++) {
		enum runtime_kind kind;
		const char *what = runtime_kind(&events->list[i], &kind);

		if (!what) {
			take_kind(&t, &events->list[i], kind);
		} else if (!t.bad) {
			t.bad = what;
			t.bad_record = i;
		}
	}
	return t;
}

static void check_identity(struct verifying *v, const struct told *t)
{
	struct event want;

	if (!v->has_spki) {
		found(v, CHECK_RUNTIME_IDENTITY, RAMPART_SKIPPED,
		      "the gateway's certificate cannot be read");
		return;
	}
	(void)event_identity(&v->spki_sha256, &want); /* a sha256: cannot fail */
	if (t->n_identities != 1)
		found(v, CHECK_RUNTIME_IDENTITY, RAMPART_FAILS, "%s",
		      t->n_identities > 1 ? "more than one identity" : "no identity");
	else if (t->identity->text.left != want.len ||
		 memcmp(t->identity->text.p, want.line, want.len) != 0)
		found(v, CHECK_RUNTIME_IDENTITY, RAMPART_FAILS,
		      "the identity is that of another key");
	else if (t->identity_late)
		found(v, CHECK_RUNTIME_IDENTITY, RAMPART_FAILS, "the identity comes after ready");
	else
		found(v, CHECK_RUNTIME_IDENTITY, RAMPART_HOLDS,
		      "the key was measured before anything not trusted ran");
}

static void check_ready(struct verifying *v, const struct told *t)
{
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		unsigned pcr = event_capped_pcrs[i];

		if (t->n_ready[pcr] == 1 && !t->after_ready[pcr])
			continue;
		found(v, CHECK_RUNTIME_READY, RAMPART_FAILS, "PCR %u: %s", pcr,
		      t->n_ready[pcr] == 0 ? "it does not end with ready"
					   : "something follows ready");
		return;
	}
	found(v, CHECK_RUNTIME_READY, RAMPART_HOLDS, "PCR 8, 13, 14, 15 are closed");
}

static void check_runtime(struct verifying *v)
{
	struct told t;

	if (!v->has_runtime) {
		skip(v, CHECK_RUNTIME_EVENTS);
		skip(v, CHECK_RUNTIME_ERROR);
		skip(v, CHECK_RUNTIME_IDENTITY);
		skip(v, CHECK_RUNTIME_READY);
		return;
	}
	t = read_runtime(&v->runtime);
	if (t.bad)
		found(v, CHECK_RUNTIME_EVENTS, RAMPART_FAILS, "record %zu: %s", t.bad_record,
		      t.bad);
	else
		found(v, CHECK_RUNTIME_EVENTS, RAMPART_HOLDS, "each is a line of init's");
	if (t.error)
		found(v, CHECK_RUNTIME_ERROR, RAMPART_FAILS, "init gave up: %.200s",
		      (const char *)t.error->text.p);
	else
		found(v, CHECK_RUNTIME_ERROR, RAMPART_HOLDS, "none");
	check_identity(v, &t);
	check_ready(v, &t);
}

/* What identity and ready make of PCR 15, from zero: independent of any log. */
static void expect_pcr15(struct verifying *v, enum hash_alg bank)
{
	struct digest *pcr = &v->pcr15[bank], d;
	struct event event;

	*pcr = (struct digest){ .alg = bank };
	(void)event_identity(&v->spki_sha256, &event);
	event_digest(&event, bank, &d);
	pcr_extend(pcr, &d);
	(void)event_ready(EVENT_PCR_IDENTITY, &event);
	event_digest(&event, bank, &d);
	pcr_extend(pcr, &d);
}

static void check_pcr15(struct verifying *v)
{
	const struct pcrs *values = &v->ev->values;
	const char *bad = NULL;

	if (!v->has_spki) {
		found(v, CHECK_PCR15, RAMPART_SKIPPED, "the gateway's certificate cannot be read");
		return;
	}
	for (size_t i = 0; i < _HASH_MAX; i++) {
		if (!values->bank[i])
			continue;
		expect_pcr15(v, (enum hash_alg)i);
		if (!digest_equal(&v->pcr15[i], &values->value[i][EVENT_PCR_IDENTITY]))
			bad = hash_name((enum hash_alg)i);
	}
	if (bad)
		found(v, CHECK_PCR15, RAMPART_FAILS,
		      "it is not identity and ready of this TLS key (bank %s)", bad);
	else
		found(v, CHECK_PCR15, RAMPART_HOLDS, "identity and ready of this TLS key");
}

void check_logs(struct verifying *v)
{
	check_absence(v);
	check_banks(v);
	check_replay(v);
	check_runtime(v);
	check_pcr15(v);
}
