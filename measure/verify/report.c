/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "measure/record/compare.h"
#include "measure/record/error.h"
#include "measure/verify/policy/accept.h"
#include "measure/verify/verifying.h"

const char *rampart_outcome_name(enum rampart_outcome outcome)
{
	static const char *const names[] = { "holds", "fails", "unsure", "skipped" };

	return names[outcome];
}

struct report *report_new(void)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	for (size_t i = 0; i < _CHECK_MAX; i++)
		report->check[i] = (struct rampart_check){ .id = check_name(i),
							   .outcome = RAMPART_UNSURE,
							   .code = check_name(i),
							   .text = "this check was not made" };
	report->public.check = report->check;
	report->public.n_checks = _CHECK_MAX;
	report->public.warning = report->warning;
	report->public.verdict = RAMPART_UNSURE;
	report->public.reason = "";
	report->public.trust = "none"; /* RAMPART_TRUST_NONE */
	return report;
}

const struct rampart_check *rampart_report_check(const struct rampart_report *report,
						 const char *id)
{
	for (size_t i = 0; i < report->n_checks; i++)
		if (!strcmp(report->check[i].id, id))
			return &report->check[i];
	return NULL;
}

void rampart_report_free(struct rampart_report *public)
{
	struct report *report = (struct report *)public;

	if (!report)
		return;
	pool_done(&report->pool);
	free(report);
}

/* ak.trust sums these up. */
static bool is_part(enum check_id id)
{
	return id == CHECK_AK_CERTIFICATE || id == CHECK_EK_CERTIFICATE ||
	       id == CHECK_EK_ACTIVATION;
}

/* The first check with this outcome decides; whether there is one. */
static bool decide(struct report *report, enum rampart_outcome outcome)
{
	for (enum check_id id = 0; id < _CHECK_MAX; id++) {
		const struct rampart_check *check = &report->check[id];

		if (is_part(id) || check->outcome != outcome)
			continue;
		report->public.verdict = outcome;
		report->public.decided_by = check;
		report->public.reason = pool_print(&report->pool, "%s: %s", check->id, check->text);
		return true;
	}
	return false;
}

static void fill_verdict(struct report *report)
{
	if (!decide(report, RAMPART_FAILS) && !decide(report, RAMPART_UNSURE))
		report->public.verdict = RAMPART_HOLDS;
}

static void fill_pcr(struct verifying *v, enum hash_alg bank, unsigned pcr, struct rampart_pcr *row)
{
	const struct digest *value = &v->ev->values.value[bank][pcr], *golden = NULL;
	struct pool *pool = &v->report->pool;
	const char *rule = NULL;
	bool equal = true;

	if (pcr == GOLDEN_COMPARED) {
		golden = v->has_spki ? &v->pcr15[bank] : NULL;
		equal = !golden || digest_equal(value, golden);
	} else if (v->golden && v->values.bank[bank]) {
		rule = compare_rule(&v->values, pcr);
		golden = rule ? NULL : &v->values.value[bank][pcr];
		equal = compare_accepts(&v->values, v->has_records ? &v->records : NULL, bank, pcr,
					value);
	}
	*row = (struct rampart_pcr){
		.bank = hash_name(bank),
		.pcr = pcr,
		.from = golden_from(pcr),
		.golden = golden ? pool_digest(pool, golden) : NULL,
		.rule = rule,
		.value = pool_digest(pool, value),
		.replayed = v->has_replay ? pool_digest(pool, &v->replayed.value[bank][pcr]) : NULL,
		.equal = equal,
		.explained = v->has_replay && digest_equal(value, &v->replayed.value[bank][pcr]),
	};
}

static void fill_pcrs(struct verifying *v)
{
	struct rampart_pcr *row =
		pool_get(&v->report->pool, _HASH_MAX * EVIDENCE_PCRS * sizeof(*row));
	size_t n = 0;

	for (size_t bank = 0; bank < _HASH_MAX && row; bank++)
		for (unsigned pcr = 0; pcr < EVIDENCE_PCRS && v->ev->values.bank[bank]; pcr++)
			fill_pcr(v, (enum hash_alg)bank, pcr, &row[n++]);
	v->report->public.pcr = row;
	v->report->public.n_pcrs = n;
}

/* Those whose signatures are among the golden values', each once. */
static void fill_signers(struct verifying *v, struct rampart_golden *ret)
{
	const struct signers *signers = &v->policy->signers;
	const char **list = pool_get(&v->report->pool, (signers->n_names + 1) * sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; list && i < signers->n; i++)
		if (v->golden->signed_by.by[i])
			list[n++] = pool_text(&v->report->pool, signers->key[i].name);
	ret->signer = list;
	ret->n_signers = n;
}

/* What the golden values leave open, whether they match or are only the nearest. */
static void fill_unchecked(struct verifying *v)
{
	struct rampart_unchecked *list =
		pool_get(&v->report->pool, GOLDEN_COMPARED * sizeof(*list));
	char why[ACCEPT_WHY_MAX];
	size_t n = 0;

	for (unsigned pcr = 0; list && pcr < GOLDEN_COMPARED; pcr++)
		if (accept_unchecked(&v->golden->values, pcr, why))
			list[n++] = (struct rampart_unchecked){
				.pcr = pcr, .why = pool_text(&v->report->pool, why)
			};
	v->report->public.unchecked = list;
	v->report->public.n_unchecked = n;
}

/* What is said of an instance configuration, where there may be one. */
static void fill_config(struct verifying *v, struct rampart_golden *ret)
{
	const struct goldenconfig *config = &v->values.config;
	char accepted[GOLDENCONFIG_WORDS_MAX], own[INSTANCE_TEXT_MAX];

	if (config->accepted == GOLDENCONFIG_UNSAID)
		return;
	goldenconfig_words(config, accepted);
	goldenconfig_instance(&v->config, own);
	if (config->accepted == GOLDENCONFIG_ANY && v->golden_matches)
		ret->config =
			pool_print(&v->report->pool, "%s; this machine has %s", accepted, own);
	else
		ret->config = pool_text(&v->report->pool, accepted);
}

static void fill_golden(struct verifying *v)
{
	const struct policy_golden *golden = v->golden;
	struct pool *pool = &v->report->pool;
	struct rampart_golden *ret = golden ? pool_get(pool, sizeof(*ret)) : NULL;

	if (!ret)
		return;
	*ret = (struct rampart_golden){
		.name = pool_text(pool, golden->name),
		.sha256 = pool_digest(pool, &golden->sha256),
		.image = pool_text(pool, golden->values.image),
		.version = pool_text(pool, golden->values.version),
		.platform = pool_text(pool, golden->values.platform),
		.shape = pool_text(pool, golden->shape_text),
		.debug = golden->values.debug,
		.matches = v->golden_matches,
		.has_release = golden->values.has_release,
		.release = golden->values.release,
		.n_differing = v->n_differing,
	};
	fill_config(v, ret);
	fill_signers(v, ret);
	fill_unchecked(v);
	v->report->public.golden = ret;
}

static void compare_logs(struct verifying *v, const struct records *records,
			 struct differences *differences)
{
	const struct golden *golden = &v->values;
	bool types = v->report->check[CHECK_GOLDEN_TYPES].outcome == RAMPART_FAILS;

	for (enum hash_alg bank = 0; bank < _HASH_MAX; bank++) {
		const struct digest *value = v->ev->values.value[bank];

		if (!golden->bank[bank] || !v->replayed.bank[bank])
			continue;
		for (unsigned pcr = 0; pcr < GOLDEN_COMPARED; pcr++)
			if (types || !compare_accepts(golden, records, bank, pcr, &value[pcr]) ||
			    !digest_equal(&value[pcr], &v->replayed.value[bank][pcr]))
				compare_pcr(golden, records, bank, pcr, differences);
	}
}

static const char *keep(struct verifying *v, const char *text)
{
	return text ? pool_text(&v->report->pool, text) : NULL;
}

/* Only when something is wrong: most of the texts of a report are here. */
static void fill_differences(struct verifying *v)
{
	const struct span firmware = v->ev->firmware_log, runtime = v->ev->runtime_log;
	struct differences differences = { .types = true };
	struct records records = { 0 };
	struct rampart_difference *list;

	if (records_add_firmware(&records, "", firmware.p, firmware.left, NULL) == 0 &&
	    records_add_runtime(&records, "", (const char *)runtime.p, runtime.left, NULL) == 0)
		compare_logs(v, &records, &differences);
	list = pool_get(&v->report->pool, (differences.n + 1) * sizeof(*list));
	for (size_t i = 0; i < differences.n && list; i++) {
		struct difference_hex hex;

		list[i] = difference_public(&differences.list[i], &hex);
		list[i].expected_type = keep(v, list[i].expected_type);
		list[i].expected_what = keep(v, list[i].expected_what);
		list[i].expected = keep(v, list[i].expected);
		list[i].got_type = keep(v, list[i].got_type);
		list[i].got_what = keep(v, list[i].got_what);
		list[i].got = keep(v, list[i].got);
	}
	v->report->public.difference = list;
	v->report->public.n_differences = list ? differences.n : 0;
	free(differences.list);
	records_done(&records);
}

void report_fill(struct verifying *v)
{
	struct rampart_report *ret = &v->report->public;
	struct pool *pool = &v->report->pool;

	ret->online = v->connection;
	ret->time = v->time;
	if (v->has_spki)
		ret->identity = pool_digest(pool, &v->spki_sha256);
	if (v->has_key) {
		struct tpmkey_name name;

		tpmkey_name(&v->key, &name);
		ret->ak = pool_hex(pool, name.bytes, name.len);
	}
	if (v->has_document) {
		struct digest module;

		hash_bytes(HASH_SHA256, v->document.module_id.p, v->document.module_id.left,
			   &module);
		ret->ak = pool_digest(pool, &module);
	}
	if (v->has_quote) {
		ret->clock = (struct rampart_clock){ .clock_ms = v->quote.clock_ms,
						     .resets = v->quote.reset_count,
						     .restarts = v->quote.restart_count,
						     .safe = v->quote.safe };
		ret->has_clock = true;
	}
	fill_pcrs(v);
	fill_golden(v);
	fill_verdict(v->report);
	if (ret->verdict == RAMPART_HOLDS && v->golden->feed.named) {
		ret->until = v->golden->feed.until;
		ret->until_why = v->golden->feed.until_why;
	}
	if (v->golden && v->golden_matches) {
		ret->feed_release = v->golden->feed.release;
		ret->feed_version = v->golden->feed.version;
	}
	if (v->golden && v->has_replay &&
	    (!v->golden_matches || v->report->check[CHECK_LOGS_REPLAY].outcome == RAMPART_FAILS ||
	     v->report->check[CHECK_GOLDEN_TYPES].outcome == RAMPART_FAILS))
		fill_differences(v);
}

int rampart_report_refused(const struct rampart_error *refused, int64_t time,
			   struct rampart_report **ret_report, struct rampart_error *error)
{
	struct report *report = report_new();

	if (!report)
		return error_memory(error);
	report->check[0].outcome = RAMPART_FAILS;
	report->check[0].code = check_name(0);
	report->check[0].text = pool_text(&report->pool, refused->text);
	report->public.n_checks = 1;
	report->public.time = time;
	fill_verdict(report);
	if (report->pool.failed) {
		rampart_report_free(&report->public);
		return error_memory(error);
	}
	*ret_report = &report->public;
	return 0;
}
