/* SPDX-License-Identifier: MIT */
/* Golden values, and what a policy accepts. */
#include <stdio.h>

#include "measure/verify/feed/metadata.h"
#include "measure/verify/policy/policy.h"
#include "tests/lib/lies.h"

static void test_golden(void)
{
	struct rampart_policy *none = rampart_policy_new();
	struct rampart_report *report;
	int differ = 1;

	machine_start(&machine);
	machine.firmware[15].data = "another uki";
	boot_rest();
	lie("golden.values", "an image that no golden values are of");
	report = verify(policy, &connection);
	is_str(report->reason,
	       "golden.values: PCR 4 differ from the nearest golden values (test 1.2, golden.json)",
	       "the nearest ones are named, and which PCRs differ");
	is_int((int64_t)report->golden->n_differing, 1, "and counted");
	is_int((int64_t)report->n_differences, 1, "and the event that differs");
	is_str(report->difference[0].kind, "changed", "has changed");
	is_str(report->difference[0].got_type, "EV_EFI_BOOT_SERVICES_APPLICATION",
	       "is told from the log");
	for (size_t i = 0; i < report->n_pcrs; i++)
		differ &= report->pcr[i].equal == (report->pcr[i].pcr != 4) &&
			  report->pcr[i].explained;
	ok(differ, "its row is the one that differs");
	rampart_report_free(report);

	machine_whole(&machine);
	connect_to(machine.tls);
	add_root(none, pki.root, true);
	expect(none, "golden.values", "without golden values nothing holds");
	rampart_policy_free(none);
}

static void test_retyped(void)
{
	struct rampart_report *report;

	machine_start(&machine);
	machine_boot(&machine);
	machine.firmware[14].type = EV_IPL;
	relog(write_firmware_log);
	connect_to(machine.tls);
	report = verify(policy, &connection);
	is_int((int64_t)report->n_differences, 1, "the event of another type is found");
	is_str(report->difference[0].kind, "retyped", "and called so");
	is_str(report->difference[0].expected_type, "EV_EFI_BOOT_SERVICES_APPLICATION",
	       "with the type that it should have");
	rampart_report_free(report);
}

/* A golden with one thing changed beside good ones. */
static void expect_with(const char *object, const char *key, json_t *value, const char *rules,
			const char *ids, const char *name)
{
	struct rampart_policy *with = rampart_policy_new();
	json_t *golden;

	machine_whole(&machine);
	golden = golden_of(&machine);
	json_object_set_new(json_object_get(golden, object), key, value);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, pki.root, true);
	must(!rules || rampart_policy_read(with, rules, strlen(rules), NULL) == 0);
	connect_to(machine.tls);
	expect(with, ids, name);
	rampart_policy_free(with);
}

#define RULES(rule) "{\"schema\": \"rampart-policy/1\", " rule "}"

static void test_policy(void)
{
	expect_with("image", "debug", json_true(), NULL, "policy.debug", "a debug image");
	expect_with("image", "debug", json_true(), RULES("\"debug\": true"), "",
		    "a debug image that the policy accepts");
	expect_with("image", "name", json_string("other"), RULES("\"images\": [\"test\", \"llm\"]"),
		    "policy.image", "golden values of another image");
	expect_with("image", "name", json_string("llm"), RULES("\"images\": [\"test\", \"llm\"]"),
		    "", "of one that is accepted");
	expect_with("image", "version", json_string("1.2~rc1"),
		    RULES("\"minimum_version\": \"1.2\""), "policy.version", "an older version");
	expect_with("image", "version", json_string("1.10"), RULES("\"minimum_version\": \"1.2\""),
		    "", "a newer version");
	expect_with("platform", "name", json_string("bochs"), RULES("\"platforms\": [\"qemu\"]"),
		    "policy.platform", "another platform");
	expect_with("platform", "name", json_string("qemu"),
		    RULES("\"shapes\": [{\"cpus\": 4}, {\"memory_mib\": 2048}]"), "policy.shape",
		    "another shape");
	expect_with("platform", "name", json_string("qemu"),
		    RULES("\"shapes\": [{\"cpus\": 4}, {\"memory_mib\": 1024, \"cpus\": 2}]"), "",
		    "a shape that is accepted");
}

/* A quote of a TPM that was restarted so often since its reset. */
static void restarted(uint32_t n, const char *rules, const char *ids, size_t n_warnings,
		      const char *name)
{
	struct rampart_policy *with = rampart_policy_new();
	struct rampart_report *report;
	json_t *golden;

	machine_start(&machine);
	machine_boot(&machine);
	machine_quote(&machine);
	machine.quote.restarts = n;
	machine_seal(&machine);
	golden = golden_of(&machine);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, pki.root, true);
	must(!rules || rampart_policy_read(with, rules, strlen(rules), NULL) == 0);
	connect_to(machine.tls);
	report = verify(with, &connection);
	if (!is_str(failing(report), ids, name))
		print_failing(report);
	is_int((int64_t)report->n_warnings, (int64_t)n_warnings, "with as many warnings");
	ok(report->has_clock && report->clock.resets == 7 && report->clock.restarts == n,
	   "and the report has the numbers");
	rampart_report_free(report);
	rampart_policy_free(with);
}

static void test_restarts(void)
{
	restarted(0, NULL, "", 0, "a TPM that was only reset");
	restarted(1, NULL, "", 1, "one that was resumed is told, if the policy does not say");
	restarted(0, RULES("\"tpm_restarts\": 0"), "", 0, "none are accepted, and there were none");
	restarted(1, RULES("\"tpm_restarts\": 0"), "policy.restarts", 0, "one is one too many");
	restarted(2, RULES("\"tpm_restarts\": 2"), "", 0, "two are accepted");
	restarted(3, RULES("\"tpm_restarts\": 2"), "policy.restarts", 0, "three are not");
}

/* The same values under two names: any that is accepted will do. */
static void test_two_goldens(void)
{
	struct rampart_policy *with = rampart_policy_new();
	struct rampart_report *report;
	json_t *golden;

	machine_whole(&machine);
	golden = golden_of(&machine);
	json_object_set_new(json_object_get(golden, "image"), "debug", json_true());
	must(add_golden(with, "debug.json", golden));
	json_object_set_new(json_object_get(golden, "image"), "debug", json_false());
	must(add_golden(with, "release.json", golden));
	json_decref(golden);
	add_root(with, pki.root, true);
	connect_to(machine.tls);
	report = verify(with, &connection);
	is_str(failing(report), "", "of golden values with the same values one must be accepted");
	is_str(report->golden->name, "release.json", "and that one is told");
	rampart_report_free(report);
	rampart_policy_free(with);
}

/* What a feed says of golden values that match, at the time of the verification. */
static void current(const struct policy_feed *feed, const char *ids, const char *code,
		    const char *text, const char *name)
{
	struct rampart_policy *with = rampart_policy_new();
	const struct rampart_check *check;
	struct rampart_report *report;
	json_t *golden;

	machine_whole(&machine);
	golden = golden_of(&machine);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, pki.root, true);
	with->golden[0].feed = *feed;
	with->golden[0].feed.refused = feed->refused ? strdup(feed->refused) : NULL;
	connect_to(machine.tls);
	report = verify(with, &connection);
	if (!is_str(failing(report), ids, name))
		print_failing(report);
	check = rampart_report_check(report, "policy.current");
	is_str(check->text, text, "which says so");
	ok(code ? check->code && !strcmp(check->code, code) : !check->code, "by its code");
	is_int(report->until, ids[0] || !feed->named ? 0 : feed->until, "until then it holds");
	is_int(report->feed_version, feed->named ? 42 : 0, "with the version of the feed");
	is_int(report->feed_release, feed->named ? 3 : 0, "and the number of the release");
	rampart_report_free(report);
	rampart_policy_free(with);
}

static void test_current(void)
{
	struct policy_feed feed = { .named = true,
				    .release = 3,
				    .version = 42,
				    .not_before = NOW,
				    .until = NOW + 1,
				    .until_why = "timestamp" };
	static char refused[] = "release 3 of test comes after release 4";
	char text[128], time[METADATA_TIME_MAX];

	metadata_print_time(NOW + 1, time);
	snprintf(text, sizeof(text), "release 3 of test is valid until %s (timestamp)", time);
	current(&feed, "", NULL, text, "golden values that are valid in this second alone");
	feed.not_before = NOW + 1;
	snprintf(text, sizeof(text), "release 3 of test is valid from %s on", time);
	current(&feed, "policy.current", "policy.current", text, "a second too early");
	feed.not_before = NOW - 1;
	feed.until = NOW;
	metadata_print_time(NOW, time);
	snprintf(text, sizeof(text), "release 3 of test ended at %s (timestamp)", time);
	current(&feed, "policy.current", "policy.current", text, "or too late");
	feed.until = NOW + 1;
	feed.refused = refused;
	current(&feed, "policy.current", "policy.current", refused,
		"those that the feed's client refuses");
	current(&(struct policy_feed){ .named = false }, "", NULL,
		"the golden values are of no feed", "of no feed it is not asked");
}

static void test_trust(void)
{
	struct rampart_policy *none = rampart_policy_new();
	json_t *golden;

	machine_start(&machine);
	machine_boot(&machine);
	golden = golden_of(&machine);
	must(add_golden(none, "golden.json", golden));
	json_decref(golden);
	rest();
	connect_to(machine.tls);
	expect(none, "ak.trust", "without a pinned root no AK is trusted");
	add_root(none, pki.root, false);
	expect(none, "ak.trust", "nor by a root that is there and not pinned");
	rampart_policy_free(none);

	machine_start(&machine);
	machine_boot(&machine);
	machine_quote(&machine);
	json_array_clear(machine.ak_certs);
	machine_seal(&machine);
	lie("ak.trust", "an AK without a certificate, of a TPM without one");

	machine_start(&machine);
	machine_boot(&machine);
	machine_quote(&machine);
	json_array_clear(machine.ak_certs);
	json_array_append_new(machine.ek_certs, text_of_cert(pki.ek_cert));
	json_array_append_new(machine.ek_certs, text_of_cert(pki.middle));
	machine_seal(&machine);
	lie("ak.trust", "an EK certificate alone");
}

int main(void)
{
	make_pki();
	policy = policy_of_whole();
	test_golden();
	test_retyped();
	test_policy();
	test_restarts();
	test_two_goldens();
	test_current();
	test_trust();
	machine_done(&machine);
	rampart_policy_free(policy);
	free_pki();
	return tap_done();
}
