/* SPDX-License-Identifier: MIT */
/* The quoter with a real TPM (swtpm): what it says of itself, quotes, and how it ends. */
#define _GNU_SOURCE
#include <openssl/x509.h>
#include <unistd.h>

#include "tests/lib/quoterworld.h"
#include "tests/lib/tap.h"

/* "RSA", "EC", ... if the whole of it is a certificate. */
static const char *certified(const struct hello *hello, size_t i)
{
	uint8_t der[4096];
	const uint8_t *end = der;
	size_t len = decode(json_array_get(find(hello->json, "ek", "certificates"), i), der,
			    sizeof(der));
	X509 *cert = d2i_X509(NULL, &end, (long)len);
	const char *type =
		cert && end == der + len ? EVP_PKEY_get0_type_name(X509_get0_pubkey(cert)) : "none";

	X509_free(cert);
	return type;
}

static void test_hello(void)
{
	struct hello hello;
	char *keys;

	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&hello), "hello: can be read");
	ok(!strchr(answer.text, ' ') && !strchr(answer.text, '\n'), "hello: nothing to spare");
	ok(!strncmp(answer.text, "\"schema\":\"rampart-evidence/1\",\"ak\":{\"public\":\"", 46) &&
		   strstr(answer.text, "\"certificates\":[]},\"ek\":{\"certificates\":[\"") &&
		   strstr(answer.text, "\"]},\"pcrs\":{\"sha256\":[\""),
	   "hello: its members are schema, ak, ek and pcrs, in that order");
	keys = json_dumps(json_object_get(hello.json, "pcrs"), JSON_COMPACT);
	ok(keys && !strstr(keys, "sha384"), "hello: of the active bank alone");
	free(keys);
	is_int(hello.ak.type, TPMKEY_P256, "hello: the AK is one on P-256");
	is_str(quote_reason_text(quote_check_key(&hello.ak)), quote_reason_text(QUOTE_HOLDS),
	       "hello: that signs only what its TPM made");
	is_int((int64_t)n_certificates(&hello, "ak"), 0, "hello: its own AK has no certificate");
	is_int((int64_t)n_certificates(&hello, "ek"), 2, "hello: the EKs' certificates");
	is_str(certified(&hello, 0), "RSA", "hello: first that of the RSA key");
	is_str(certified(&hello, 1), "EC", "hello: then that of the ECC key");
	ok(hello.pcrs.value[HASH_SHA256][4].bytes[0] != 0 &&
		   hello.pcrs.value[HASH_SHA256][5].bytes[0] == 0,
	   "hello: PCR values are the TPM's");
	hello_done(&hello);
	close(tpmworld.gateway);
	is_str(quoter_end(), "", "when the gateway ends, it ends and has nothing to say");
}

static void test_quotes(const char *program)
{
	struct hello hello;

	quoter_start(program);
	ok(hear_hello(&hello), "quotes: hello");
	is_str(quote_of(&hello, 1), "holds", "quotes: a verifier takes it");
	is_str(quote_of(&hello, 2), "holds", "quotes: and one of another root");
	is_str(quote_of(&hello, 2), "holds", "quotes: and the same again");
	for (int i = 3; i < 50; i++)
		(void)quote_of(&hello, (uint8_t)i);
	is_str(quote_of(&hello, 50), "holds", "quotes: fifty leave nothing behind in the TPM");
	hello_done(&hello);
	close(tpmworld.gateway);
	is_str(quoter_end(), "", "quotes: end");
}

static void test_same_key(void)
{
	struct hello a, b;

	tpm_kill();
	swtpm_start();
	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&a), "AK: of one boot");
	close(tpmworld.gateway);
	(void)quoter_end();
	tpm_kill();
	swtpm_start();
	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&b) && a.ak.bytes.left == b.ak.bytes.left &&
		   !memcmp(a.ak.bytes.p, b.ak.bytes.p, a.ak.bytes.left),
	   "AK: of the next boot is the same");
	hello_done(&a);
	hello_done(&b);
	close(tpmworld.gateway);
	(void)quoter_end();
}

static void test_malformed(const char *program, const char *what, char kind, size_t len)
{
	static const uint8_t zero[QUOTING_CREDENTIAL_MAX + 1];
	struct hello hello;
	char name[96];

	quoter_start(program);
	(void)hear_hello(&hello);
	hello_done(&hello);
	ask(kind, zero, len);
	is_int((int64_t)hear_quoter()->len, 0, "malformed: no answer");
	snprintf(name, sizeof(name), "malformed: %s ends it", what);
	is_str(quoter_end(), "the gateway sent no request", name);
}

static void test_tpm_gone(void)
{
	struct hello hello;

	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&hello), "a TPM that goes: hello");
	tpm_kill();
	(void)quote_of(&hello, 1);
	is_int((int64_t)answer.len, 0, "a TPM that goes: no quote any more");
	is_str(quoter_end(), "TPM failed: TPM2_Quote got an I/O error", "a TPM that goes: is said");
	hello_done(&hello);
	swtpm_start();
}

static void test_reset(bool start, const char *want, const char *name)
{
	struct hello hello;

	quoter_start(CHECKED_QUOTER);
	(void)hear_hello(&hello);
	tpm_reset(start);
	(void)quote_of(&hello, 1);
	is_int((int64_t)answer.len, 0, "a reset: no quote any more");
	is_str(quoter_end(), want, name);
	hello_done(&hello);
	tpm_kill();
	swtpm_start();
}

static void test_banks(void)
{
	struct hello hello;

	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&hello), "two banks: hello");
	ok(hello.bank[HASH_SHA256] && hello.bank[HASH_SHA384] && !hello.bank[HASH_SHA512] &&
		   !hello.bank[HASH_SHA1],
	   "two banks: both, and no other");
	ok(strstr(answer.text, "\"],\"sha384\":[\""), "two banks: sha384 after sha256");
	is_str(quote_of(&hello, 1), "holds", "two banks: a quote over both");
	hello_done(&hello);
	close(tpmworld.gateway);
	(void)quoter_end();
}

/* A TPM as some clouds have it. Its key and the quote's own digest are of sha256, which is no bank. */
static void test_sha384_alone(const char *program)
{
	struct hello hello;

	quoter_start(program);
	ok(hear_hello(&hello) && hello.bank[HASH_SHA384] && !hello.bank[HASH_SHA256],
	   "sha384 alone: hello, and no other bank");
	is_str(quote_of(&hello, 1), "holds", "sha384 alone: a quote over it");
	hello_done(&hello);
	close(tpmworld.gateway);
	is_str(quoter_end(), "", "sha384 alone: end");
}

static void test_unfit(const char *banks)
{
	char name[64];

	tpm_start(banks);
	quoter_start(CHECKED_QUOTER);
	snprintf(name, sizeof(name), "%s alone: says what it wants", banks);
	is_str(quoter_end(), "TPM has no active bank sha256 or sha384", name);
	tpm_end();
}

static void extend(const char *banks)
{
	run("for pcr in 0 4 9 15; do tpm2_pcrextend $pcr:%s; done", banks);
}

#define ONES_32 "0101010101010101010101010101010101010101010101010101010101010101"
#define ONES_48 ONES_32 "01010101010101010101010101010101"

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tpm_start("sha256");
	extend("sha256=" ONES_32);
	test_hello();
	test_quotes(CHECKED_QUOTER);
	if (geteuid() == 0) {
		test_quotes(CONFINED_QUOTER);
		test_malformed(CONFINED_QUOTER, "confined: a message of another kind", 'x', 32);
	} else {
		tap_skip("quotes: confined", "only root can give up root");
	}
	test_same_key();
	test_malformed(CHECKED_QUOTER, "a root too short", QUOTING_QUOTE, 31);
	test_malformed(CHECKED_QUOTER, "a root too long", QUOTING_QUOTE, 33);
	test_malformed(CHECKED_QUOTER, "an empty credential", QUOTING_ACTIVATE, 0);
	test_malformed(CHECKED_QUOTER, "a credential too long", QUOTING_ACTIVATE,
		       QUOTING_CREDENTIAL_MAX + 1);
	test_malformed(CHECKED_QUOTER, "a message of another kind", QUOTING_HELLO, 32);
	test_tpm_gone();
	test_reset(false, "TPM failed: TPM2_Quote got error 0x00000100", "a reset: is said");
	test_reset(true, "TPM failed: TPM2_Quote got error 0x00000910",
		   "a reset and a new start: its key is gone");
	tpm_end();

	tpm_start("sha256,sha384");
	extend("sha256=" ONES_32 ",sha384=" ONES_48);
	test_banks();
	tpm_end();

	tpm_start("sha384");
	extend("sha384=" ONES_48);
	test_sha384_alone(CHECKED_QUOTER);
	if (geteuid() == 0)
		test_sha384_alone(CONFINED_QUOTER);
	else
		tap_skip("sha384 alone: confined", "only root can give up root");
	tpm_end();
	test_unfit("sha1");
	test_unfit("sha512");
	return tap_done();
}
