/* SPDX-License-Identifier: MIT */
/*
 * Lies, one at a time: each is found by the check that is there for it, and by no other than those
 * that it must show in.
 */
#include <pthread.h>

#include "machine.h"

static struct machine m;
static struct rampart_policy *policy;

/* How the verifier sees the connection; changed by lies about it. */
static struct rampart_connection connection;
static uint8_t nonce[32], exporter[32];
static struct bytes spki;

static void connect_to(X509 *cert)
{
	put_spki(&spki, cert);
	memcpy(nonce, m.nonce, 32);
	memcpy(exporter, m.exporter, 32);
	connection = (struct rampart_connection){ spki.p, spki.len, nonce, exporter };
}

static struct rampart_report *verify(const struct rampart_policy *with,
				     const struct rampart_connection *over)
{
	char *text = json_dumps(m.json, 0);
	struct rampart_evidence *evidence;
	struct rampart_report *report;
	struct rampart_error error;

	if (rampart_evidence_parse(text, strlen(text), &evidence, &error) < 0)
		must(rampart_report_refused(&error, NOW, &report, NULL) == 0);
	else {
		must(rampart_verify(with, evidence, over, NULL, NOW, &report, &error) == 0);
		rampart_evidence_free(evidence);
	}
	free(text);
	return report;
}

/* "a b": the checks that do not hold, those that ak.trust sums up left out. */
static const char *failing(const struct rampart_report *report)
{
	static char text[2048];

	text[0] = 0;
	for (size_t i = 0; i < report->n_checks; i++) {
		const struct rampart_check *check = &report->check[i];

		if (check->outcome != RAMPART_FAILS && check->outcome != RAMPART_UNSURE)
			continue;
		if (!strcmp(check->id, "ak.certificate") || !strncmp(check->id, "ek.", 3))
			continue;
		if (text[0])
			strcat(text, " ");
		strcat(text, check->id);
	}
	return text;
}

static void print_failing(const struct rampart_report *report)
{
	for (size_t i = 0; i < report->n_checks; i++)
		if (report->check[i].outcome != RAMPART_HOLDS)
			printf("#   %s %s: %s\n", report->check[i].id,
			       rampart_outcome_name(report->check[i].outcome),
			       report->check[i].text);
}

/* That exactly these checks fail, and with them the whole. */
static void expect(const struct rampart_policy *with, const char *ids, const char *name)
{
	struct rampart_report *report = verify(with, &connection);

	if (!is_str(failing(report), ids, name))
		print_failing(report);
	if ((report->verdict == RAMPART_HOLDS) != !*ids)
		ok(0, "the verdict follows from the checks");
	rampart_report_free(report);
}

static void rest(void)
{
	machine_quote(&m);
	machine_seal(&m);
}

static void boot_rest(void)
{
	machine_boot(&m);
	rest();
}

/* Connects to the machine and says what fails. */
static void lie(const char *ids, const char *name)
{
	connect_to(m.tls);
	expect(policy, ids, name);
}

static void test_truth(void)
{
	struct rampart_report *report;

	machine_whole(&m);
	lie("", "a machine that tells the truth holds");
	report = verify(policy, &connection);
	is_int(report->verdict, RAMPART_HOLDS, "so says the verdict");
	is_str(report->reason, "", "without a reason");
	is_str(report->trust, "certificate", "its AK is known by its certificate");
	ok(report->golden && report->golden->matches && report->golden->n_differing == 0,
	   "it has the golden values");
	is_str(report->golden->image, "test", "of the image");
	is_str(report->golden->shape, "{\"cpus\":2,\"memory_mib\":1024,\"tpm\":\"crb\"}",
	       "on a machine of that shape");
	is_int((int64_t)report->n_pcrs, 16, "with a row for each PCR");
	is_int((int64_t)report->n_differences, 0, "and no difference");
	is_int((int64_t)report->n_warnings, 0, "nor a warning");
	ok(report->online && report->time == NOW, "at that time, over a connection");
	rampart_report_free(report);
}

static void test_offline(void)
{
	struct rampart_report *report;

	machine_whole(&m);
	report = verify(policy, NULL);
	is_int(report->verdict, RAMPART_HOLDS, "offline, kept evidence holds");
	is_int((int64_t)report->n_warnings, 1,
	       "with a warning that nothing shows when it was made");
	ok(!report->online, "and is said to be offline");
	rampart_report_free(report);

	json_object_set_new(m.json, "nonce", text_of("another nonce, of 32 bytes......", 32));
	report = verify(policy, NULL);
	is_str(failing(report), "quote.binding", "offline, the nonce must be the quote's");
	rampart_report_free(report);
}

/* ---- the quote ---- */

static void test_quote(void)
{
	machine_start(&m);
	boot_rest();
	m.quote.magic = 0;
	machine_seal(&m);
	lie("quote.header", "a quote that no TPM made");

	machine_start(&m);
	boot_rest();
	m.quote.type = 0x8017;
	machine_seal(&m);
	lie("quote.header quote.binding quote.selection quote.digest", "not a quote: another type");

	machine_start(&m);
	boot_rest();
	m.quote.extra[5] ^= 1;
	machine_seal(&m);
	lie("quote.binding", "another extraData");

	machine_start(&m);
	boot_rest();
	m.quote.digest[31] ^= 1;
	machine_seal(&m);
	lie("quote.digest", "another digest");

	machine_start(&m);
	boot_rest();
	m.path.index = 3;
	machine_seal(&m);
	lie("quote.binding", "another place in the Merkle tree");
}

static void test_selection(void)
{
	machine_start(&m);
	boot_rest();
	m.quote.bank[0].pcrs = 0xff;
	digest_quoted(&m, 0xff);
	machine_seal(&m);
	lie("quote.selection quote.digest", "8 of 16 PCRs, with their digest");

	machine_start(&m);
	boot_rest();
	m.quote.bank[0].pcrs = 0xff;
	machine_seal(&m);
	lie("quote.selection", "a selection that was edited beside the digest of all");

	machine_start(&m);
	boot_rest();
	m.quote.bank[0].alg = ALG_SHA1;
	machine_seal(&m);
	lie("quote.selection", "another bank");

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	boot_rest();
	m.quote.bank[0].alg = ALG_SHA384;
	m.quote.bank[1].alg = ALG_SHA256;
	machine_seal(&m);
	lie("quote.selection", "banks in another order");
}

static void test_signature(void)
{
	json_t *other;

	machine_start(&m);
	boot_rest();
	m.quote.extra[0] ^= 1;
	machine_seal(&m);
	other = json_incref(json_object_get(m.json, "signature"));
	machine_whole(&m);
	json_object_set_new(m.json, "signature", other);
	lie("quote.signature", "a signature of another quote");

	machine_start(&m);
	boot_rest();
	m.ak_pkey = world.other_ak;
	machine_seal(&m);
	lie("quote.signature", "a signature by another key");

	machine_start(&m);
	m.ak_pkey = world.other_ak;
	boot_rest();
	machine_seal(&m);
	lie("ak.trust", "the AK of another TPM than that of the certificate");
}

static void test_key(void)
{
	static const struct {
		uint32_t flip;
		const char *name;
	} lies[] = {
		{ TPMKEY_RESTRICTED, "an AK that is not restricted" },
		{ TPMKEY_SENSITIVE_DATA_ORIGIN, "an AK that was imported" },
		{ TPMKEY_DECRYPT, "an AK that decrypts" },
		{ TPMKEY_FIXED_TPM, "an AK that may leave its TPM" },
		{ TPMKEY_FIXED_PARENT, "an AK that may get another parent" },
		{ TPMKEY_SIGN, "an AK that does not sign" },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		machine_start(&m);
		boot_rest();
		m.ak.attributes ^= lies[i].flip;
		machine_seal(&m);
		lie("ak.attributes", lies[i].name);
	}
}

/* ---- the connection ---- */

static void test_connection(void)
{
	machine_whole(&m);
	connect_to(m.tls);
	nonce[0] ^= 1;
	expect(policy, "connection.nonce quote.binding", "evidence for an older nonce, replayed");

	machine_whole(&m);
	connect_to(m.tls);
	exporter[0] ^= 1;
	expect(policy, "connection.channel quote.binding",
	       "evidence of another connection, relayed by who holds the TLS key");

	machine_whole(&m);
	connect_to(world.other_tls_cert);
	expect(policy, "connection.key quote.binding runtime.identity pcr15",
	       "a connection that ends in another key");

	machine_whole(&m);
	connect_to(m.tls);
	connection.exporter = NULL;
	expect(policy, "connection.channel", "without an exporter the channel is not known");
}

static void test_optional_channel(void)
{
	static const char rules[] = "{\"schema\":\"rampart-policy/1\",\"channel_binding\":"
				    "\"optional\"}";
	struct rampart_policy *optional = policy_of_whole();
	struct rampart_report *report;

	must(rampart_policy_read(optional, rules, strlen(rules), NULL) == 0);
	machine_whole(&m);
	connect_to(m.tls);
	connection.exporter = NULL;
	report = verify(optional, &connection);
	is_int(report->verdict, RAMPART_HOLDS, "unless the policy does not ask for it");
	is_int((int64_t)report->n_warnings, 1, "and then it warns");
	rampart_report_free(report);
	rampart_policy_free(optional);
}

static void test_certificate(void)
{
	struct cert_recipe r = { .name = "rampart",
				 .pkey = world.tls,
				 .issuer = world.root,
				 .issuer_pkey = world.root_pkey };
	X509 *signed_by_ca = make_cert(&r);
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	struct cert_recipe other = { .name = "rampart", .pkey = p384 };
	X509 *of_p384 = make_cert(&other);

	machine_start(&m);
	m.tls = signed_by_ca;
	boot_rest();
	lie("certificate.form", "a TLS certificate that its own key has not signed");

	machine_start(&m);
	m.tls = of_p384;
	m.n_runtime = 0;
	start_runtime(&m);
	boot_rest();
	lie("certificate.form", "a TLS key that is not one of P-256");

	machine_whole(&m);
	json_object_set_new(m.json, "certificate", json_string("MAA="));
	lie("certificate.form", "a TLS certificate that is none");
	X509_free(signed_by_ca);
	X509_free(of_p384);
	EVP_PKEY_free(p384);
}

/* ---- the logs ---- */

/* Logs that differ from what was measured; write says which one. */
static void relog(void (*write)(struct machine *machine))
{
	write(&m);
	rest();
}

static void drop_firmware(size_t i)
{
	memmove(&m.firmware[i], &m.firmware[i + 1], (m.n_firmware - i - 1) * sizeof(m.firmware[0]));
	m.n_firmware--;
}

static void drop_runtime(size_t i)
{
	memmove(&m.runtime[i], &m.runtime[i + 1], (m.n_runtime - i - 1) * sizeof(m.runtime[0]));
	m.n_runtime--;
}

static void test_firmware_log(void)
{
	struct measured swap;

	machine_start(&m);
	machine_boot(&m);
	add_firmware(&m, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "another program");
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event more in the firmware's log");

	machine_start(&m);
	machine_boot(&m);
	drop_firmware(15);
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event less");

	machine_start(&m);
	machine_boot(&m);
	swap = m.firmware[14];
	m.firmware[14] = m.firmware[15];
	m.firmware[15] = swap;
	relog(write_firmware_log);
	lie("logs.replay", "two events of one PCR, swapped");

	machine_start(&m);
	machine_boot(&m);
	m.firmware[14].type = EV_IPL;
	relog(write_firmware_log);
	lie("golden.types", "an event of another type, which is not hashed");

	machine_start(&m);
	machine_boot(&m);
	m.firmware[14].type = EV_NO_ACTION;
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event that is said to be none");

	machine_start(&m);
	machine_boot(&m);
	m.firmware_log.len -= 3;
	rest();
	lie("firmware_log.form", "a log cut short");
}

static void test_runtime_log(void)
{
	struct event swap;

	machine_start(&m);
	machine_boot(&m);
	swap = m.runtime[3];
	memcpy(strstr(swap.line, "model.gguf"), "MODEL.gguf", 10);
	memmove(&m.runtime[5], &m.runtime[4], (m.n_runtime - 4) * sizeof(swap));
	m.n_runtime++;
	m.runtime[4] = swap;
	relog(write_runtime_log);
	lie("logs.replay golden.types", "an event more in the runtime log");

	machine_start(&m);
	machine_boot(&m);
	drop_runtime(1);
	relog(write_runtime_log);
	lie("logs.replay golden.types", "an event less");

	machine_start(&m);
	machine_boot(&m);
	swap = m.runtime[0];
	m.runtime[0] = m.runtime[1];
	m.runtime[1] = swap;
	relog(write_runtime_log);
	lie("logs.replay", "two events, swapped");

	machine_start(&m);
	machine_boot(&m);
	memcpy(strstr(m.runtime[0].line, " plan "), " ploy ", 6);
	relog(write_runtime_log);
	lie("logs.replay runtime.events", "an event of another kind");

	machine_start(&m);
	machine_boot(&m);
	memcpy(strstr((char *)m.runtime_log.p, "rampart/1\",\"content\""), "another/1", 9);
	rest();
	lie("runtime_log.form", "an event of another type");

	machine_start(&m);
	machine_boot(&m);
	m.runtime_log.len--;
	rest();
	lie("runtime_log.form", "a runtime log cut short");

	machine_start(&m);
	machine_boot(&m);
	m.runtime_log.p[strlen("{\"recnum\":")] = '1';
	rest();
	lie("runtime_log.form", "records with a gap");
}

static void test_values(void)
{
	machine_start(&m);
	machine_boot(&m);
	m.values.value[HASH_SHA256][10].bytes[0] ^= 1;
	rest();
	lie("logs.replay golden.values", "a PCR that something else was measured into");

	machine_start(&m);
	boot_rest();
	m.values.value[HASH_SHA256][10].bytes[0] ^= 1;
	machine_seal(&m);
	lie("quote.digest logs.replay golden.values", "a value beside the quote");

	machine_start(&m);
	m.n_firmware = m.n_runtime = 0;
	boot_rest();
	lie("quote.measured runtime.identity runtime.ready pcr15 golden.values",
	    "a machine that measured nothing: all zeros");

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	machine_boot(&m);
	for (size_t pcr = 0; pcr < 16; pcr++)
		memset(m.values.value[HASH_SHA384][pcr].bytes, 0, 48);
	rest();
	lie("quote.measured logs.replay pcr15", "a bank that is active and was not extended");
}

static void test_banks(void)
{
	static const enum hash_alg both[] = { HASH_SHA256, HASH_SHA384 };

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	boot_rest();
	lie("", "a second bank does no harm");

	machine_start(&m);
	machine_boot(&m);
	memcpy(m.bank, both, sizeof(both));
	m.n_banks = 2;
	write_firmware_log(&m);
	m.n_banks = 1;
	rest();
	lie("logs.banks", "a bank in the firmware's log that is not quoted");

	machine_start(&m);
	machine_boot(&m);
	memcpy(m.bank, both, sizeof(both));
	m.n_banks = 2;
	write_runtime_log(&m);
	m.n_banks = 1;
	rest();
	lie("logs.banks", "or in the runtime log");

	machine_start(&m);
	m.bank[0] = HASH_SHA384;
	boot_rest();
	lie("logs.banks golden.values", "a machine without the bank sha256");
}

/* ---- what init measured ---- */

static void test_identity(void)
{
	struct event event;

	machine_start(&m);
	event_of_key(world.other_tls_cert, &m.runtime[4]);
	boot_rest();
	lie("runtime.identity pcr15", "the identity of another key");

	machine_start(&m);
	machine_boot(&m);
	event_of_key(world.other_tls_cert, &event);
	m.n_runtime = 4;
	add_runtime(&m, &event);
	event_of_key(m.tls, &event);
	add_runtime(&m, &event);
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		must(event_ready(event_capped_pcrs[i], &event) == 0);
		add_runtime(&m, &event);
	}
	boot_rest();
	lie("runtime.identity pcr15", "two identities");

	machine_start(&m);
	drop_runtime(4);
	boot_rest();
	lie("runtime.identity pcr15", "no identity");

	machine_start(&m);
	event = m.runtime[4];
	m.runtime[4] = m.runtime[5];
	m.runtime[5] = event;
	boot_rest();
	lie("runtime.identity", "an identity that comes after a ready");

	machine_start(&m);
	m.runtime[4].pcr = 14;
	boot_rest();
	lie("runtime.events runtime.identity pcr15 golden.values", "an identity in another PCR");
}

static void test_ready(void)
{
	struct event event;

	machine_start(&m);
	event = m.runtime[3];
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.ready golden.values", "a model that was measured after ready");

	machine_start(&m);
	event_of_key(world.other_tls_cert, &event);
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.identity runtime.ready pcr15", "an identity that was measured after ready");

	machine_start(&m);
	drop_runtime(8);
	boot_rest();
	lie("runtime.ready pcr15", "PCR 15 without ready");

	machine_start(&m);
	event = m.runtime[5];
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.ready golden.values", "ready twice");

	machine_start(&m);
	must(event_error(15, "run", "the gateway ended", &event) == 0);
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.error runtime.ready pcr15", "a machine that has given up");
}

/* ---- golden values ---- */

static void test_golden(void)
{
	struct rampart_policy *none = rampart_policy_new();
	struct rampart_report *report;
	int differ = 1;

	machine_start(&m);
	m.firmware[15].data = "another uki";
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

	machine_whole(&m);
	connect_to(m.tls);
	add_root(none, world.root, true);
	expect(none, "golden.values", "without golden values nothing holds");
	rampart_policy_free(none);
}

static void test_retyped(void)
{
	struct rampart_report *report;

	machine_start(&m);
	machine_boot(&m);
	m.firmware[14].type = EV_IPL;
	relog(write_firmware_log);
	connect_to(m.tls);
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

	machine_whole(&m);
	golden = golden_of(&m);
	json_object_set_new(json_object_get(golden, object), key, value);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, world.root, true);
	must(!rules || rampart_policy_read(with, rules, strlen(rules), NULL) == 0);
	connect_to(m.tls);
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

/* The same values under two names: any that is accepted will do. */
static void test_two_goldens(void)
{
	struct rampart_policy *with = rampart_policy_new();
	struct rampart_report *report;
	json_t *golden;

	machine_whole(&m);
	golden = golden_of(&m);
	json_object_set_new(json_object_get(golden, "image"), "debug", json_true());
	must(add_golden(with, "debug.json", golden));
	json_object_set_new(json_object_get(golden, "image"), "debug", json_false());
	must(add_golden(with, "release.json", golden));
	json_decref(golden);
	add_root(with, world.root, true);
	connect_to(m.tls);
	report = verify(with, &connection);
	is_str(failing(report), "", "of golden values with the same values one must be accepted");
	is_str(report->golden->name, "release.json", "and that one is told");
	rampart_report_free(report);
	rampart_policy_free(with);
}

static void test_trust(void)
{
	struct rampart_policy *none = rampart_policy_new();
	json_t *golden;

	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	must(add_golden(none, "golden.json", golden));
	json_decref(golden);
	rest();
	connect_to(m.tls);
	expect(none, "ak.trust", "without a pinned root no AK is trusted");
	add_root(none, world.root, false);
	expect(none, "ak.trust", "nor by a root that is there and not pinned");
	rampart_policy_free(none);

	machine_start(&m);
	machine_boot(&m);
	machine_quote(&m);
	json_array_clear(m.ak_certs);
	machine_seal(&m);
	lie("ak.trust", "an AK without a certificate, of a TPM without one");

	machine_start(&m);
	machine_boot(&m);
	machine_quote(&m);
	json_array_clear(m.ak_certs);
	json_array_append_new(m.ek_certs, text_of_cert(world.ek_cert));
	json_array_append_new(m.ek_certs, text_of_cert(world.middle));
	machine_seal(&m);
	lie("ak.trust", "an EK certificate alone");
}

static void test_json(void)
{
	struct rampart_report *report;
	char *first, *second;
	json_t *json;

	machine_start(&m);
	m.firmware[15].data = "another uki";
	boot_rest();
	connect_to(m.tls);
	report = verify(policy, &connection);
	first = rampart_report_json(report);
	rampart_report_free(report);
	report = verify(policy, &connection);
	second = rampart_report_json(report);
	rampart_report_free(report);
	ok(first && second && !strcmp(first, second), "a report is a function of its inputs");
	json = json_loads(first, JSON_REJECT_DUPLICATES, NULL);
	is_str(json_string_value(json_object_get(json, "verdict")), "fails", "and is JSON");
	is_int((int64_t)json_array_size(json_object_get(json, "pcrs")), 16, "with every PCR");
	json_decref(json);
	free(first);
	free(second);
}

static void test_refused(void)
{
	struct rampart_error error = { "nonce: missing" };
	struct rampart_report *report;
	char *text;

	must(rampart_report_refused(&error, NOW, &report, NULL) == 0);
	is_int(report->verdict, RAMPART_FAILS, "evidence that cannot be read does not hold");
	is_str(report->reason, "evidence.form: nonce: missing", "and the reason says why");
	text = rampart_report_json(report);
	ok(text != NULL, "as JSON too");
	free(text);
	rampart_report_free(report);
}

/* ---- a real log ---- */

static json_t *golden_events_of_log(struct eventlog log)
{
	json_t *events = json_array();
	struct eventlog_event ev;

	while (eventlog_next(&log, &ev, NULL) > 0) {
		char hex[HASH_HEX_MAX];

		digest_hex(&ev.digest[HASH_SHA256], hex);
		if (ev.type != EV_NO_ACTION)
			json_array_append_new(events,
					      json_pack("{s:i, s:s, s:s, s:s}", "pcr", (int)ev.pcr,
							"type", eventlog_type_name(ev.type),
							"sha256", hex, "what", ""));
	}
	return events;
}

/* The machine with the log of OVMF, systemd-boot and Linux in place of its own. */
static void use_real_log(struct eventlog *log)
{
	struct eventlog_pcrs pcrs;
	size_t len = 0;
	uint8_t *file = slurp("tests/fixtures/ovmf-q35.bin", &len);

	must(file != NULL);
	machine_start(&m);
	m.n_firmware = 0;
	machine_boot(&m);
	m.firmware_log.len = 0;
	put(&m.firmware_log, file, len);
	free(file);
	must(eventlog_open(m.firmware_log.p, len, log, NULL) == 0 &&
	     eventlog_replay(log, &pcrs, NULL) == 0);
	for (unsigned pcr = 0; pcr < 16; pcr++)
		if (pcrs.used[pcr])
			m.values.value[HASH_SHA256][pcr] = pcrs.value[HASH_SHA256][pcr];
}

static void test_real_log(void)
{
	struct rampart_policy *with = rampart_policy_new();
	struct eventlog log;
	json_t *golden, *events;

	use_real_log(&log);
	golden = golden_of(&m);
	events = golden_events_of_log(log);
	json_array_extend(events, json_object_get(golden, "events"));
	json_object_set_new(golden, "events", events);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, world.root, true);
	rest();
	connect_to(m.tls);
	expect(with, "", "a real log of the firmware holds");
	m.firmware_log.p[m.firmware_log.len - 1] ^= 1; /* the data of its last event, a text */
	rest();
	expect(with, "", "what only describes an event decides nothing");
	rampart_policy_free(with);
}

/* ---- threads ---- */

struct job {
	const struct rampart_evidence *evidence;
	char *json;
	bool same;
};

static void *verify_often(void *arg)
{
	struct job *job = arg;

	job->same = true;
	for (int i = 0; i < 20; i++) {
		struct rampart_report *report;
		char *json;

		must(rampart_verify(policy, job->evidence, &connection, NULL, NOW, &report, NULL) ==
		     0);
		json = rampart_report_json(report);
		rampart_report_free(report);
		job->same &= !strcmp(json, job->json);
		free(json);
	}
	return NULL;
}

static void test_threads(void)
{
	struct rampart_evidence *evidence;
	struct rampart_report *report = NULL;
	pthread_t thread[4];
	struct job job[4];
	char *text, *json;
	int same = 1;

	machine_whole(&m);
	connect_to(m.tls);
	text = json_dumps(m.json, 0);
	must(rampart_evidence_parse(text, strlen(text), &evidence, NULL) == 0 &&
	     rampart_verify(policy, evidence, &connection, NULL, NOW, &report, NULL) == 0);
	json = rampart_report_json(report);
	rampart_report_free(report);
	for (size_t i = 0; i < 4; i++) {
		job[i] = (struct job){ evidence, json, false };
		must(pthread_create(&thread[i], NULL, verify_often, &job[i]) == 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		same &= job[i].same;
	}
	ok(same, "threads share a policy and evidence");
	rampart_evidence_free(evidence);
	free(text);
	free(json);
}

static void test_events(void)
{
	struct rampart_evidence *evidence;
	struct rampart_event *events;
	char *text;
	size_t n;

	machine_whole(&m);
	text = json_dumps(m.json, 0);
	must(rampart_evidence_parse(text, strlen(text), &evidence, NULL) == 0);
	is_int(rampart_evidence_events(evidence, &events, &n, NULL), 0, "events: are listed");
	is_int((int64_t)n, (int64_t)(1 + m.n_firmware + m.n_runtime), "events: of both logs");
	ok(!events[0].extended && events[1].extended, "events: with those that no PCR holds");
	is_str(events[n - 1].log, "runtime", "events: init's come last");
	is_str(events[n - 1].type, "rampart/1", "events: with their type");
	free(events);
	free(text);
	rampart_evidence_free(evidence);
}

int main(void)
{
	make_world();
	policy = policy_of_whole();
	test_truth();
	test_offline();
	test_quote();
	test_selection();
	test_signature();
	test_key();
	test_connection();
	test_optional_channel();
	test_certificate();
	test_firmware_log();
	test_runtime_log();
	test_values();
	test_banks();
	test_identity();
	test_ready();
	test_golden();
	test_retyped();
	test_policy();
	test_two_goldens();
	test_trust();
	test_json();
	test_refused();
	test_real_log();
	test_threads();
	test_events();
	machine_done(&m);
	rampart_policy_free(policy);
	free_world();
	return tap_done();
}
