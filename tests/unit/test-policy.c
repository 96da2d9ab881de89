/* SPDX-License-Identifier: MIT */
/* What a policy is made of: rules, golden values, roots. What follows from it:
 * test-verify-policy.c. */
#include <errno.h>
#include <openssl/pem.h>

#include "measure/lib/base64.h"
#include "tests/lib/machine.h"

static struct machine m;

static int read_rules(const char *text, struct rampart_error *error)
{
	struct rampart_policy *policy = rampart_policy_new();
	char *copy = (char *)exact_copy(text, strlen(text));
	int r;

	error->text[0] = 0;
	r = rampart_policy_read(policy, copy, strlen(text), error);
	free(copy);
	rampart_policy_free(policy);
	return r;
}

static void refused(const char *text, int want, const char *why, const char *name)
{
	struct rampart_error error;

	is_int(read_rules(text, &error), want, name);
	if (!ok(strstr(error.text, why) != NULL, "and the error says so"))
		printf("#   got \"%s\"\n", error.text);
}

#define DIGEST "e6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95"
#define HEAD   "{\"schema\": \"rampart-policy/1\""

#define SSH    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFr3s0pj8eMSMTbsN++4Y5zcCOG+3lSq7E9WNMcuRvBf"
#define P256                                                                                \
	"ecdsa-sha2-nistp256 "                                                              \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPuf0LfZIJkw7WA2a3R+IM+bk+DX+" \
	"3lHeOm4PjHKfOwOIzEJWeMSwP124uTUpOYaghVAePqFS6ZagI6p+i+yeIw="
#define MINISIGN	  "RWQm1CSLS2j4WTrLmwumYd2VrpbJdTqrs75MY6hi3sPH+O/7slwcXB5R"
#define SIGNER(name, key) "{\"name\": \"" name "\", \"key\": \"" key "\"}"

static const char full[] = HEAD
	", \"images\": [\"llm\", \"test\"], \"minimum_version\": \"1.2\",\"roots\": [\"sha256:" DIGEST
	"\"], \"debug\": false,\"platforms\": [\"qemu\"], \"shapes\": [{\"cpus\": 2}],\"expired_intermediates\": \"accept\", \"ak\": [\"certificate\"],\"channel_binding\": \"optional\", \"tpm_restarts\": 0, \"tpm_clones\": \"reject\", \"threshold\": 2,\"signers\": [" SIGNER(
		"alice", SSH
		" a comment") "," SIGNER("alice",
					 MINISIGN) "," SIGNER("bob",
							      P256) "],\"revoked\": [\"sha256:" DIGEST
								    "\"]}";

static void test_rules(void)
{
	struct rampart_error error;
	int held = 1;

	is_int(read_rules(HEAD "}", &error), 0, "every rule may be left out");
	is_int(read_rules(full, &error), 0, "and all may be there");
	for (size_t n = 0; n < strlen(full); n++) {
		char *prefix = strndup(full, n);

		held &= read_rules(prefix, &error) < 0;
		free(prefix);
	}
	ok(held, "a prefix is refused");
}

static void test_bad_rules(void)
{
	refused("{}", -ENOTSUP, "schema", "rules without a schema");
	refused("{\"schema\": \"rampart-policy/2\"}", -ENOTSUP, "schema", "of another version");
	refused(HEAD ", \"image\": [\"llm\"]}", -EPROTO, "image: unknown key", "an unknown key");
	refused(HEAD ",\n\"debug\": true,\n\"debug\": true}", -EBADMSG, "line 3",
		"a key given twice");
	refused(HEAD ", \"images\": []}", -EPROTO, "images", "no image at all");
	refused(HEAD ", \"images\": [1]}", -EPROTO, "images", "an image that is a number");
	refused(HEAD ", \"images\": \"llm\"}", -EPROTO, "images", "an image that is no list");
	refused(HEAD ", \"minimum_version\": 1}", -EPROTO, "minimum_version", "a version");
	refused(HEAD ", \"roots\": [\"" DIGEST "\"]}", -EPROTO, "roots", "a root without sha256:");
	refused(HEAD ", \"roots\": [\"sha256:00\"]}", -EPROTO, "roots", "a short root");
	refused(HEAD ", \"debug\": \"no\"}", -EPROTO, "debug", "debug that is a text");
	refused(HEAD ", \"platforms\": [\"\"]}", -EPROTO, "platforms", "an empty platform");
	refused(HEAD ", \"shapes\": [{}]}", -EPROTO, "shapes", "a shape that says nothing");
	refused(HEAD ", \"expired_intermediates\": \"yes\"}", -EPROTO, "expired_intermediates",
		"an unknown word");
	refused(HEAD ", \"ak\": [\"none\"]}", -EPROTO, "ak", "an unknown way");
	refused(HEAD ", \"banks\": \"sha256\"}", -EPROTO, "banks", "banks that are no list");
	refused(HEAD ", \"banks\": [\"sha1\"]}", -EPROTO, "banks", "a bank that is too weak");
	refused(HEAD ", \"banks\": []}", -EPROTO, "banks", "no bank at all");
	refused(HEAD ", \"channel_binding\": true}", -EPROTO, "channel_binding",
		"a word that is none");
	refused(HEAD ", \"shapes\": [[[[[[[[[]]]]]]]]]}", -EFBIG, "nested", "deep nesting");
}

#define SIGNERS HEAD ", \"signers\": "

static void test_bad_signers(void)
{
	refused(SIGNERS "[]}", -EPROTO, "signers", "no signer at all");
	refused(SIGNERS "{}}", -EPROTO, "signers", "signers that are no list");
	refused(SIGNERS "[1]}", -EPROTO, "signers: entry 1: not an object",
		"a signer is an object");
	refused(SIGNERS "[{\"name\": \"alice\"}]}", -EPROTO, "key: missing", "with a key");
	refused(SIGNERS "[{\"key\": \"" SSH "\"}]}", -EPROTO, "name: missing", "and a name");
	refused(SIGNERS "[{\"name\": \"a\", \"key\": 1}]}", -EPROTO, "key", "a key is a text");
	refused(SIGNERS "[{\"name\": \"a\", \"key\": \"" SSH "\", \"x\": 1}]}", -EPROTO,
		"x: unknown key", "nothing else is known of one");
	refused(SIGNERS "[" SIGNER("", SSH) "]}", -EPROTO, "name", "an empty name");
	refused(SIGNERS "[" SIGNER("a, b", SSH) "]}", -EPROTO, "name", "a name with a comma");
	refused(SIGNERS "[" SIGNER("a\\nb", SSH) "]}", -EPROTO, "name", "of two lines");
	refused(SIGNERS "[" SIGNER("alice", "hello") "]}", -EBADMSG, "minisign",
		"a word is no key");
	refused(SIGNERS "[" SIGNER("alice", "ssh-rsa AAAAB3NzaC1yc2EA") "]}", -ENOTSUP, "RSA",
		"an RSA key");
	refused(SIGNERS "[" SIGNER("a", SSH) "," SIGNER("b", SSH " b") "]}", -EPROTO,
		"entry 2: the same key as that of \"a\"", "one key of two signers");
	refused(SIGNERS "[" SIGNER("a", SSH) "," SIGNER("a", P256) "], \"threshold\": 2}", -EPROTO,
		"threshold: more than there are signers (1)", "two keys of one are one signer");
	refused(SIGNERS "[" SIGNER("a", SSH) "], \"threshold\": 0}", -EPROTO, "threshold",
		"a threshold of nobody");
	refused(SIGNERS "[" SIGNER("a", SSH) "], \"threshold\": 1.5}", -EPROTO, "threshold",
		"a threshold of a half");
	refused(HEAD ", \"tpm_restarts\": -1}", -EPROTO, "tpm_restarts", "restarts below none");
	refused(HEAD ", \"tpm_restarts\": 4294967296}", -EPROTO, "tpm_restarts",
		"restarts beyond what a TPM counts");
	refused(HEAD ", \"tpm_restarts\": \"none\"}", -EPROTO, "tpm_restarts",
		"restarts that are no number");
	refused(HEAD ", \"tpm_clones\": true}", -EPROTO, "tpm_clones", "clones that are no word");
	refused(HEAD ", \"threshold\": 1}", -EPROTO, "threshold: there are no \"signers\"",
		"a threshold without signers");
	refused(HEAD ", \"revoked\": [\"" DIGEST "\"]}", -EPROTO, "revoked",
		"what is revoked without sha256:");
	refused(HEAD ", \"revoked\": []}", -EPROTO, "revoked", "nothing revoked");
}

/* One ed25519 key, written down in both ways, is one key. */
static void test_two_forms(void)
{
	const char *ssh = strchr(SSH, ' ') + 1;
	uint8_t blob[51], line[42] = "Ed";
	char text[512], base64[60];
	size_t len;

	must(base64_decode(ssh, strlen(ssh), blob, sizeof(blob), &len) == 0);
	memcpy(line + 10, blob + 19, 32);
	base64_encode(line, sizeof(line), base64);
	snprintf(text, sizeof(text), SIGNERS "[%s, {\"name\": \"b\", \"key\": \"%s\"}]}",
		 SIGNER("a", SSH), base64);
	refused(text, -EPROTO, "the same key", "one key in two formats is one key");
}

/* Golden values are judged when they are added, so signers come first. */
static void test_order(void)
{
	struct rampart_policy *policy = rampart_policy_new();
	static const char rules[] = SIGNERS "[" SIGNER("a", SSH) "]}";
	json_t *golden;

	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	ok(!rampart_policy_has_signers(policy), "a new policy has no signers");
	must(add_golden(policy, "golden.json", golden));
	is_int(rampart_policy_read(policy, rules, strlen(rules), NULL), -EPROTO,
	       "signers after golden values are refused");
	rampart_policy_free(policy);
	policy = rampart_policy_new();
	is_int(rampart_policy_read(policy, rules, strlen(rules), NULL), 0,
	       "before them they are not");
	ok(rampart_policy_has_signers(policy), "and are known");
	ok(add_golden(policy, "golden.json", golden),
	   "golden values without a signature are read: whether they count is a check");
	rampart_policy_free(policy);
	json_decref(golden);
	machine_done(&m);
}

static void test_twice(void)
{
	struct rampart_policy *policy = rampart_policy_new();

	is_int(rampart_policy_read(policy, HEAD "}", strlen(HEAD "}"), NULL), 0,
	       "rules are read once");
	is_int(rampart_policy_read(policy, HEAD "}", strlen(HEAD "}"), NULL), -EPROTO,
	       "and no second time");
	rampart_policy_free(policy);
	rampart_policy_free(NULL);
}

static void test_versions(void)
{
	/* As `dpkg --compare-versions` says, each below the next. */
	static const char *const order[] = { "0~~",	"0~~a",	   "0~",  "0",	  "0.1",
					     "1.0~rc1", "1.0~rc2", "1.0", "1.0a", "1.0+b",
					     "1.0.1",	"1.2",	   "1.9", "1.10", "1.10.1",
					     "2",	"10",	   "a" };
	size_t n = sizeof(order) / sizeof(order[0]);
	int held = 1;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			int r = rampart_version_compare(order[i], order[k]);

			held &= i < k ? r < 0 : i > k ? r > 0 : r == 0;
		}
	ok(held, "versions are ordered as Debian orders them");
	is_int(rampart_version_compare("1.02", "1.2"), 0, "leading zeros do not count");
	ok(rampart_version_compare("99999999999999999999999", "99999999999999999999998") > 0,
	   "numbers have no limit");
}

static int add_golden_text(const char *text, size_t len, struct rampart_error *error)
{
	struct rampart_policy *policy = rampart_policy_new();
	int r;

	error->text[0] = 0;
	r = rampart_policy_add_golden(policy, "golden.json", text, len, error);
	rampart_policy_free(policy);
	return r;
}

static void refused_golden(json_t *golden, const char *why, const char *name)
{
	char *text = json_dumps(golden, 0);
	struct rampart_error error;

	is_int(add_golden_text(text, strlen(text), &error), -EPROTO, name);
	if (!ok(strstr(error.text, why) != NULL, "and the error says so"))
		printf("#   got \"%s\"\n", error.text);
	free(text);
	json_decref(golden);
}

static void test_golden(void)
{
	struct rampart_error error;
	json_t *golden, *value;
	char *text;

	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	text = json_dumps(golden, 0);
	is_int(add_golden_text(text, strlen(text), &error), 0, "golden values are read");
	is_int(add_golden_text(text, strlen(text) - 1, &error), -EBADMSG, "cut short they are not");
	free(text);
	value = json_object_get(json_object_get(json_object_get(golden, "pcrs"), "sha256"), "4");
	json_object_set_new(value, "value", json_string("00" DIGEST));
	refused_golden(golden, "not the replay", "a value that is not the replay of the events");
	golden = golden_of(&m);
	json_object_del(golden, "image");
	refused_golden(golden, "\"image\"", "golden values without an image");
	golden = golden_of(&m);
	json_object_del(json_object_get(golden, "platform"), "shape");
	refused_golden(golden, "\"platform\"", "golden values without a shape");
	m.bank[0] = HASH_SHA1;
	machine_boot(&m);
	refused_golden(golden_of(&m), "no values of the bank sha256 or sha384",
		       "golden values of a bank that is too weak");
}

static void test_roots(void)
{
	struct rampart_policy *policy = rampart_policy_new();
	BIO *bio = BIO_new(BIO_s_mem());
	static struct bytes der;
	struct rampart_error error;
	char *pem;
	long len;

	must(PEM_write_bio_X509(bio, pki.middle) && PEM_write_bio_X509(bio, pki.root));
	len = BIO_get_mem_data(bio, &pem);
	is_int(rampart_policy_add_root(policy, pem, (size_t)len, true, &error), 0,
	       "certificates may be PEM, several");
	is_int(rampart_policy_add_root(policy, pem, (size_t)len - 40, true, &error), -EBADMSG,
	       "but whole");
	put_cert(&der, pki.middle);
	is_int(rampart_policy_add_root(policy, der.p, der.len, false, &error), 0, "or DER, one");
	is_int(rampart_policy_add_root(policy, der.p, der.len, true, &error), -EPROTO,
	       "what is not signed by itself is no root");
	is_int(rampart_policy_add_root(policy, der.p, der.len - 1, false, &error), -EBADMSG,
	       "DER cut short is refused");
	is_int(rampart_policy_add_root(policy, "hello", 5, false, &error), -EBADMSG,
	       "and so is anything else");
	is_int(rampart_policy_add_root(policy, "", 0, false, &error), -EBADMSG, "or nothing");
	BIO_free(bio);
	rampart_policy_free(policy);
}

int main(void)
{
	make_pki();
	test_rules();
	test_bad_rules();
	test_bad_signers();
	test_two_forms();
	test_order();
	test_twice();
	test_versions();
	test_golden();
	test_roots();
	machine_done(&m);
	free_pki();
	return tap_done();
}
