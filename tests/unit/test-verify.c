/* SPDX-License-Identifier: MIT */
/* The quote, the key and the connection; the verifier's own behaviour. */
#include <pthread.h>

#include "measure/lib/tpmkey.h"
#include "tests/lib/lies.h"

static void test_truth(void)
{
	struct rampart_report *report;

	machine_whole(&machine);
	lie("", "a machine that tells the truth holds");
	report = verify(policy, &connection);
	is_int(report->verdict, RAMPART_HOLDS, "so says the verdict");
	is_str(report->reason, "", "without a reason");
	is_str(report->trust, "certificate", "its AK is known by its certificate");
	is_int(report->trusted_by, RAMPART_TRUST_CERTIFICATE, "also as a number");
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

	machine_whole(&machine);
	report = verify(policy, NULL);
	is_int(report->verdict, RAMPART_HOLDS, "offline, kept evidence holds");
	is_int((int64_t)report->n_warnings, 1,
	       "with a warning that nothing shows when it was made");
	ok(!report->online, "and is said to be offline");
	rampart_report_free(report);

	json_object_set_new(machine.json, "nonce", text_of("another nonce, of 32 bytes......", 32));
	report = verify(policy, NULL);
	is_str(failing(report), "quote.binding", "offline, the nonce must be the quote's");
	rampart_report_free(report);
}

/* ---- the quote ---- */

static void test_quote(void)
{
	machine_start(&machine);
	boot_rest();
	machine.quote.magic = 0;
	machine_seal(&machine);
	lie("quote.header", "a quote that no TPM made");

	machine_start(&machine);
	boot_rest();
	machine.quote.type = 0x8017;
	machine_seal(&machine);
	lie("quote.header quote.binding quote.selection quote.digest", "not a quote: another type");

	machine_start(&machine);
	boot_rest();
	machine.quote.extra[5] ^= 1;
	machine_seal(&machine);
	lie("quote.binding", "another extraData");

	machine_start(&machine);
	boot_rest();
	machine.quote.digest[31] ^= 1;
	machine_seal(&machine);
	lie("quote.digest", "another digest");

	machine_start(&machine);
	boot_rest();
	machine.path.index = 3;
	machine_seal(&machine);
	lie("quote.binding", "another place in the Merkle tree");
}

static void test_selection(void)
{
	machine_start(&machine);
	boot_rest();
	machine.quote.bank[0].pcrs = 0xff;
	digest_quoted(&machine, 0xff);
	machine_seal(&machine);
	lie("quote.selection quote.digest", "8 of 16 PCRs, with their digest");

	machine_start(&machine);
	boot_rest();
	machine.quote.bank[0].pcrs = 0xff;
	machine_seal(&machine);
	lie("quote.selection", "a selection that was edited beside the digest of all");

	machine_start(&machine);
	boot_rest();
	machine.quote.bank[0].alg = ALG_SHA1;
	machine_seal(&machine);
	lie("quote.selection", "another bank");

	machine_start(&machine);
	machine.bank[1] = HASH_SHA384;
	machine.n_banks = 2;
	boot_rest();
	machine.quote.bank[0].alg = ALG_SHA384;
	machine.quote.bank[1].alg = ALG_SHA256;
	machine_seal(&machine);
	lie("quote.selection", "banks in another order");
}

static void test_signature(void)
{
	json_t *other;

	machine_start(&machine);
	boot_rest();
	machine.quote.extra[0] ^= 1;
	machine_seal(&machine);
	other = json_incref(json_object_get(machine.json, "signature"));
	machine_whole(&machine);
	json_object_set_new(machine.json, "signature", other);
	lie("quote.signature", "a signature of another quote");

	machine_start(&machine);
	boot_rest();
	machine.ak_pkey = pki.other_ak;
	machine_seal(&machine);
	lie("quote.signature", "a signature by another key");

	machine_start(&machine);
	machine.ak_pkey = pki.other_ak;
	boot_rest();
	machine_seal(&machine);
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
		machine_start(&machine);
		boot_rest();
		machine.ak.attributes ^= lies[i].flip;
		machine_seal(&machine);
		lie("ak.claims", lies[i].name);
	}
}

/* ---- the connection ---- */

static void test_connection(void)
{
	machine_whole(&machine);
	connect_to(machine.tls);
	nonce[0] ^= 1;
	expect(policy, "connection.nonce quote.binding", "evidence for an older nonce, replayed");

	machine_whole(&machine);
	connect_to(machine.tls);
	exporter[0] ^= 1;
	expect(policy, "connection.channel quote.binding",
	       "evidence of another connection, relayed by who holds the TLS key");

	machine_whole(&machine);
	connect_to(pki.other_tls_cert);
	expect(policy, "connection.key quote.binding runtime.identity pcr15",
	       "a connection that ends in another key");

	machine_whole(&machine);
	connect_to(machine.tls);
	connection.exporter = NULL;
	expect(policy, "connection.channel", "without an exporter the channel is not known");
}

static void test_optional_channel(void)
{
	static const char rules[] =
		"{\"schema\":\"rampart-policy/1\",\"channel_binding\":\"optional\"}";
	struct rampart_policy *optional = policy_of_whole();
	struct rampart_report *report;

	must(rampart_policy_read(optional, rules, strlen(rules), NULL) == 0);
	machine_whole(&machine);
	connect_to(machine.tls);
	connection.exporter = NULL;
	report = verify(optional, &connection);
	is_int(report->verdict, RAMPART_HOLDS, "unless the policy does not ask for it");
	is_int((int64_t)report->n_warnings, 1, "and then it warns");
	rampart_report_free(report);
	rampart_policy_free(optional);
}

static void test_certificate(void)
{
	struct cert_recipe r = {
		.name = "rampart", .pkey = pki.tls, .issuer = pki.root, .issuer_pkey = pki.root_pkey
	};
	X509 *signed_by_ca = make_cert(&r);
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	struct cert_recipe other = { .name = "rampart", .pkey = p384 };
	X509 *of_p384 = make_cert(&other);

	machine_start(&machine);
	machine.tls = signed_by_ca;
	boot_rest();
	lie("certificate.form", "a TLS certificate that its own key has not signed");

	machine_start(&machine);
	machine.tls = of_p384;
	machine.n_runtime = 0;
	start_runtime(&machine);
	boot_rest();
	lie("certificate.form", "a TLS key that is not one of P-256");

	machine_whole(&machine);
	json_object_set_new(machine.json, "certificate", json_string("MAA="));
	lie("certificate.form", "a TLS certificate that is none");
	X509_free(signed_by_ca);
	X509_free(of_p384);
	EVP_PKEY_free(p384);
}

static void test_json(void)
{
	struct rampart_report *report;
	char *first, *second;
	json_t *json;

	machine_start(&machine);
	machine.firmware[15].data = "another uki";
	boot_rest();
	connect_to(machine.tls);
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

	machine_whole(&machine);
	connect_to(machine.tls);
	text = json_dumps(machine.json, 0);
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

	machine_whole(&machine);
	text = json_dumps(machine.json, 0);
	must(rampart_evidence_parse(text, strlen(text), &evidence, NULL) == 0);
	is_int(rampart_evidence_events(evidence, &events, &n, NULL), 0, "events: are listed");
	is_int((int64_t)n, (int64_t)(1 + machine.n_firmware + machine.n_runtime),
	       "events: of both logs");
	ok(!events[0].extended && events[1].extended, "events: with those that no PCR holds");
	is_str(events[n - 1].log, "runtime", "events: init's come last");
	is_str(events[n - 1].type, "rampart/1", "events: with their type");
	free(events);
	free(text);
	rampart_evidence_free(evidence);
}

int main(void)
{
	make_pki();
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
	test_json();
	test_refused();
	test_threads();
	test_events();
	machine_done(&machine);
	rampart_policy_free(policy);
	free_pki();
	return tap_done();
}
