/* SPDX-License-Identifier: MIT */
/*
 * Credentials: what an activation shows, and that a real TPM (swtpm) opens what is made here, for
 * an EK of RSA with the certificate of swtpm's own CA and for one of P-256.
 */
#include "measure/verify/tpm/credential.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <time.h>
#include <unistd.h>

#include "measure/verify/policy/policy.h"
#include "measure/verify/tpm/makecredential.h"
#include "tests/lib/machine.h"

static struct machine m;
static struct rampart_policy *policy;
static int64_t at = NOW; /* when it is verified */

static struct rampart_evidence *parse(void)
{
	char *text = json_dumps(m.json, 0);
	struct rampart_evidence *evidence = NULL;

	must(rampart_evidence_parse(text, strlen(text), &evidence, NULL) == 0);
	free(text);
	return evidence;
}

/* A machine whose AK has no certificate, and whose EK has these. */
static void use_ek(X509 *cert)
{
	machine_start(&m);
	machine_boot(&m);
	machine_quote(&m);
	json_array_clear(m.ak_certs);
	json_array_append_new(m.ek_certs, text_of_cert(cert));
	json_array_append_new(m.ek_certs, text_of_cert(pki.middle));
	machine_seal(&m);
}

/* The outcomes of ek.certificate, ek.activation, ak.trust. */
static void expect(const struct rampart_activation *activation, const char *want, const char *name)
{
	struct rampart_evidence *evidence = parse();
	struct rampart_report *report;
	char got[64];

	must(rampart_verify(policy, evidence, NULL, activation, at, &report, NULL) == 0);
	snprintf(got, sizeof(got), "%s %s %s",
		 rampart_outcome_name(rampart_report_check(report, "ek.certificate")->outcome),
		 rampart_outcome_name(rampart_report_check(report, "ek.activation")->outcome),
		 rampart_outcome_name(rampart_report_check(report, "ak.trust")->outcome));
	if (!is_str(got, want, name))
		printf("#   %s; %s; %s\n", rampart_report_check(report, "ek.certificate")->text,
		       rampart_report_check(report, "ek.activation")->text,
		       rampart_report_check(report, "ak.trust")->text);
	rampart_report_free(report);
	rampart_evidence_free(evidence);
}

static struct rampart_activation activation_of(const struct key_recipe *ak, X509 *ek)
{
	static struct bytes b;
	struct rampart_activation activation;
	struct tpmkey key;

	b.len = 0;
	put_key(&b, ak);
	must(tpmkey_parse(span_of(b.p, b.len), &key, NULL) == 0);
	tpmkey_name(&key, &activation.ak);
	b.len = 0;
	put_cert(&b, ek);
	hash_bytes(HASH_SHA256, b.p, b.len, &activation.ek);
	return activation;
}

static void test_checks(void)
{
	struct cert_recipe other = { .usage = "critical,keyEncipherment",
				     .extended_usage = EKU_EK,
				     .pkey = pki.ek_pkey,
				     .issuer = pki.middle,
				     .issuer_pkey = pki.middle_pkey };
	X509 *other_ek = make_cert(&other);
	struct rampart_activation right, wrong;
	struct key_recipe ak;

	use_ek(pki.ek_cert);
	right = activation_of(&m.ak, pki.ek_cert);
	expect(NULL, "holds skipped unsure", "without an activation an EK tells nothing of an AK");
	expect(&right, "holds holds holds", "with one it does");
	recipe_of(pki.other_ak, ALG_ECDSA, ALG_SHA256, &ak);
	wrong = activation_of(&ak, pki.ek_cert);
	expect(&wrong, "holds fails fails", "with that of another AK it does not");
	wrong = activation_of(&m.ak, other_ek);
	expect(&wrong, "holds fails fails", "nor with that of another EK");
	json_array_insert_new(json_object_get(json_object_get(m.json, "ek"), "certificates"), 0,
			      text_of_cert(other_ek));
	expect(&right, "holds holds holds", "of several EKs, any that was asked will do");
	policy->no_activation = true;
	expect(&right, "skipped skipped fails", "if the policy goes by activation at all");
	policy->no_activation = false;
	X509_free(other_ek);
}

static void test_wanted(void)
{
	static const char by_certificate[] =
		"{\"schema\":\"rampart-policy/1\",\"ak\":[\"certificate\"]}";
	static const char by_activation[] =
		"{\"schema\":\"rampart-policy/1\",\"ak\":[\"activation\"]}";
	struct rampart_policy *certificate = policy_of_whole(), *activation = policy_of_whole();
	struct rampart_evidence *evidence;

	must(rampart_policy_read(certificate, by_certificate, strlen(by_certificate), NULL) == 0 &&
	     rampart_policy_read(activation, by_activation, strlen(by_activation), NULL) == 0);
	use_ek(pki.ek_cert);
	evidence = parse();
	ok(rampart_credential_wanted(policy, evidence, NOW),
	   "an AK without a certificate wants one");
	ok(!rampart_credential_wanted(certificate, evidence, NOW), "unless that is not allowed");
	rampart_evidence_free(evidence);
	machine_whole(&m);
	json_array_append_new(json_object_get(json_object_get(m.json, "ek"), "certificates"),
			      text_of_cert(pki.ek_cert));
	evidence = parse();
	ok(!rampart_credential_wanted(policy, evidence, NOW), "one with a certificate does not");
	ok(rampart_credential_wanted(activation, evidence, NOW),
	   "unless the policy does not go by that");
	ok(rampart_credential_wanted(policy, evidence, NOW + 300l * DAY),
	   "or the certificate has expired");
	rampart_evidence_free(evidence);
	rampart_policy_free(certificate);
	rampart_policy_free(activation);
}

/* The error of rampart_credential_make(), or "". */
static const char *make_error(X509 *ek)
{
	static struct rampart_error error;
	struct rampart_credential *credential = NULL;
	struct rampart_evidence *evidence;

	use_ek(ek);
	evidence = parse();
	error.text[0] = 0;
	(void)rampart_credential_make(policy, evidence, at, &credential, &error);
	rampart_credential_free(credential);
	rampart_evidence_free(evidence);
	return error.text;
}

static void test_make(void)
{
	EVP_PKEY *p384 = EVP_EC_gen("P-384"), *p521 = EVP_EC_gen("P-521");
	struct cert_recipe r = { .usage = "critical,keyAgreement",
				 .extended_usage = EKU_EK,
				 .pkey = p384,
				 .issuer = pki.middle,
				 .issuer_pkey = pki.middle_pkey };
	X509 *of_p384 = make_cert(&r), *of_p521, *of_other;

	is_str(make_error(pki.ek_cert), "", "a credential is made for an EK");
	is_str(make_error(of_p384), "", "also for one of P-384");
	r.pkey = p521;
	of_p521 = make_cert(&r);
	is_str(make_error(of_p521),
	       "the EK's certificate: neither RSA 2048, 3072 or 4096 nor ECC P-256 or P-384",
	       "but not for one of another template");
	X509_free(of_p521);
	EVP_PKEY_free(p521);
	r.pkey = p384;
	r.issuer = NULL;
	r.issuer_pkey = NULL;
	of_other = make_cert(&r);
	is_str(make_error(of_other),
	       "the EK's certificate: there is no path from it to a pinned root",
	       "nor for one that nobody vouches for");
	r = (struct cert_recipe){ .usage = "critical,keyEncipherment",
				  .extended_usage = "serverAuth",
				  .pkey = pki.ek_pkey,
				  .issuer = pki.middle,
				  .issuer_pkey = pki.middle_pkey };
	X509_free(of_other);
	of_other = make_cert(&r);
	is_str(make_error(of_other),
	       "the EK's certificate: its extended key usage is not that of an EK",
	       "nor for a server's");
	X509_free(of_p384);
	X509_free(of_other);
	EVP_PKEY_free(p384);
}

/* No TPM here has such a key: what is wrapped is opened with libcrypto, as far as its seed. */
static void test_4096(void)
{
	static const struct tpmkey_name name = { .len = 34 };
	static const uint8_t secret[MAKECREDENTIAL_SECRET_LEN] = { 1 };
	uint8_t bytes[MAKECREDENTIAL_MAX], seed[512], *label = OPENSSL_memdup("IDENTITY", 9);
	EVP_PKEY *ek = EVP_RSA_gen(4096);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ek, NULL);
	size_t len = 0, seed_len = sizeof(seed);

	is_int(makecredential(ek, &name, secret, bytes, &len), 0, "RSA 4096: it is wrapped");
	ok(len == 608 && !memcmp(bytes + 8, "\x00\x54\x00\x30", 4) &&
		   !memcmp(bytes + len - 514, "\x02\x00", 2),
	   "RSA 4096: an HMAC of SHA-384, and 512 bytes at the end");
	ok(EVP_PKEY_decrypt_init(ctx) > 0 &&
		   EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
		   EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha384()) > 0 &&
		   EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, 9) > 0 &&
		   EVP_PKEY_decrypt(ctx, seed, &seed_len, bytes + len - 512, 512) > 0 &&
		   seed_len == 48,
	   "RSA 4096: which is a seed of 48, as the EK's nameAlg has");
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(ek);
}

static void test_answer(void)
{
	struct rampart_credential *credential = NULL, *second = NULL;
	struct rampart_activation *activation = NULL;
	struct rampart_evidence *evidence;
	uint8_t secret[33] = { 0 };
	const uint8_t *a, *b;
	size_t n, k;

	use_ek(pki.ek_cert);
	evidence = parse();
	must(rampart_credential_make(policy, evidence, NOW, &credential, NULL) == 0 &&
	     rampart_credential_make(policy, evidence, NOW, &second, NULL) == 0);
	is_int(rampart_credential_check(credential, secret, 32, &activation, NULL), -EPROTO,
	       "an answer that is not the secret shows nothing");
	is_int(rampart_credential_check(credential, secret, 33, &activation, NULL), -EPROTO,
	       "nor one that is too long");
	is_int(rampart_credential_check(credential, secret, 0, &activation, NULL), -EPROTO,
	       "nor none");
	ok(activation == NULL, "the output is untouched");
	a = rampart_credential_bytes(credential, &n);
	b = rampart_credential_bytes(second, &k);
	ok(n == k && memcmp(a, b, n) != 0, "no two credentials are the same");
	ok(n <= 2048, "and each may be posted");
	rampart_credential_free(credential);
	rampart_credential_free(second);
	rampart_evidence_free(evidence);
}

/* ---- a real TPM ---- */

static char dir[] = "/tmp/test-credential-XXXXXX";

/* A shell with $d and the TPM; its exit code. Output goes to $d/log. */
static int sh(const char *script)
{
	char command[4096];
	int n = snprintf(
		command, sizeof(command),
		"d=%s; export TPM2TOOLS_TCTI=swtpm:path=$d/sock; exec >>$d/log 2>&1; set -eux; cd $d; %s",
		dir, script);

	must(n > 0 && (size_t)n < sizeof(command));
	return system(command);
}

static uint8_t *read_out(const char *name, size_t *ret_len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return slurp(path, ret_len);
}

static void write_credential(const struct rampart_credential *credential)
{
	char path[128];
	FILE *file;
	size_t len;
	const uint8_t *bytes = rampart_credential_bytes(credential, &len);

	snprintf(path, sizeof(path), "%s/credential", dir);
	file = fopen(path, "wb");
	if (!file)
		abort();
	must(fwrite(bytes, 1, len, file) == len);
	(void)fclose(file);
}

/* A TPM as a machine has it, with EK certificates by a local CA of swtpm's. */
static const char make_tpm[] =
	"mkdir ca state; printf '%s\\n' \"statedir = $d/ca\" \"signingkey = $d/ca/signkey.pem\" \"issuercert = $d/ca/issuercert.pem\" \"certserial = $d/ca/certserial\" >localca.conf; printf '%s\\n' '--platform-manufacturer Rampart' '--platform-version 1' '--platform-model test' >localca.options; printf '%s\\n' 'create_certs_tool = /usr/share/swtpm/swtpm-localca' \"create_certs_tool_config = $d/localca.conf\" \"create_certs_tool_options = $d/localca.options\" 'active_pcr_banks = sha256' >setup.conf; swtpm_setup --tpm2 --tpmstate $d/state --config $d/setup.conf --create-ek-cert; swtpm socket --tpm2 --tpmstate dir=$d/state --server type=unixio,path=$d/sock --ctrl type=unixio,path=$d/sock.ctrl --flags startup-clear --pid file=$d/pid --daemon; tpm2_nvread 0x1c00002 >ek.der; openssl x509 -in ca/issuercert.pem -outform der -out issuer.der; tpm2_createek -G ecc -c ecc.ctx -f pem -u ecc.pem; tpm2_flushcontext -t; tpm2_createak -C 0x81010001 -G ecc -g sha256 -s ecdsa -c ak.ctx -u ak.pub; tpm2_flushcontext -t; tpm2_flushcontext -l || :";

static json_t *text_of_file(const char *name, size_t skip)
{
	size_t len = 0;
	uint8_t *file = read_out(name, &len);
	json_t *json;

	must(file && len > skip);
	json = text_of(file + skip, len - skip);
	free(file);
	return json;
}

/* The evidence of a machine with that TPM: no quote of it, but its AK, and EK certificates. */
static void use_tpm(json_t *ek, json_t *above)
{
	machine_whole(&m);
	json_object_set_new(m.json, "ek", json_pack("{s:[o, o]}", "certificates", ek, above));
	json_object_set_new(
		m.json, "ak",
		json_pack("{s:o, s:[]}", "public", text_of_file("ak.pub", 2), "certificates"));
}

/* Makes a credential, lets the TPM open it with that EK, and gives the answer back. */
static void activate(const char *ek_context, const char *name)
{
	struct rampart_evidence *evidence = parse();
	struct rampart_activation *activation = NULL;
	struct rampart_credential *credential;
	struct rampart_error error = { "" };
	uint8_t *secret = NULL;
	char script[512];
	size_t n = 0;

	if (rampart_credential_make(policy, evidence, at, &credential, &error) < 0) {
		ok(0, name);
		printf("#   %s\n", error.text);
		rampart_evidence_free(evidence);
		return;
	}
	write_credential(credential);
	snprintf(
		script, sizeof(script),
		"rm -f secret; tpm2_startauthsession --policy-session -S s.ctx; tpm2_policysecret -S s.ctx -c e; tpm2_activatecredential -c ak.ctx -C %s -P session:s.ctx -i credential -o secret; tpm2_flushcontext s.ctx; tpm2_flushcontext -t",
		ek_context);
	is_int(sh(script), 0, name);
	secret = read_out("secret", &n);
	is_int(rampart_credential_check(credential, secret, n, &activation, NULL), 0,
	       "the answer is the secret");
	if (activation)
		expect(activation, "holds holds holds", "so the AK is known by its activation");
	free(secret);
	rampart_activation_free(activation);
	rampart_credential_free(credential);
	rampart_evidence_free(evidence);
}

/* The EK's own certificate, up to the root of swtpm's CA. */
static void test_rsa(void)
{
	size_t len = 0;
	uint8_t *root = read_out("ca/swtpm-localca-rootca-cert.pem", &len);

	must(root && rampart_policy_add_root(policy, root, len, true, NULL) == 0);
	free(root);
	use_tpm(text_of_file("ek.der", 0), text_of_file("issuer.der", 0));
	activate("0x81010001", "a TPM opens what was made for its EK of RSA");
	json_array_remove(json_object_get(json_object_get(m.json, "ek"), "certificates"), 1);
	expect(NULL, "fails skipped fails", "without the CA between there is no way to the root");
}

/* The same for the EK of P-256, whose certificate is made here. */
static void test_ecc(void)
{
	struct cert_recipe r = { .usage = "critical,keyAgreement",
				 .extended_usage = EKU_EK,
				 .tpm_names = true,
				 .issuer = pki.middle,
				 .issuer_pkey = pki.middle_pkey,
				 .from = -3650l * DAY,
				 .to = 36500l * DAY };
	size_t len = 0;
	uint8_t *pem = read_out("ecc.pem", &len);
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	X509 *cert;

	r.pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	must(r.pkey != NULL);
	cert = make_cert(&r);
	use_tpm(text_of_cert(cert), text_of_cert(pki.middle));
	activate("ecc.ctx", "and for its EK of P-256");
	X509_free(cert);
	EVP_PKEY_free(r.pkey);
	BIO_free(bio);
	free(pem);
}

static void test_tpm(void)
{
	must(mkdtemp(dir) != NULL);
	if (system("command -v swtpm swtpm_setup tpm2_activatecredential >/dev/null") != 0) {
		tap_skip("a real TPM", "no swtpm or tpm2-tools");
	} else if (!ok(sh(make_tpm) == 0, "a TPM with EK certificates")) {
		(void)sh("sed 's/^/# /' log >&2");
	} else {
		at = time(NULL); /* swtpm's CA goes by the clock */
		test_rsa();
		test_ecc();
	}
	(void)sh("kill $(cat pid)");
	(void)sh("cd /; rm -rf $d");
}

int main(void)
{
	make_pki();
	policy = policy_of_whole();
	test_checks();
	test_wanted();
	test_make();
	test_4096();
	test_answer();
	test_tpm();
	machine_done(&m);
	rampart_policy_free(policy);
	free_pki();
	return tap_done();
}
