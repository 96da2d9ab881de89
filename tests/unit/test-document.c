/* SPDX-License-Identifier: MIT */
/*
 * Attestation documents: their form, every way to break it, their signature; and the real document of
 * a Nitro enclave in VECTORS (tests/lib/vectors.h), which has the same form under another name.
 * seen: aws: a real document of an enclave, which has the form of a NitroTPM's, is read and leads to the pinned root
 */
#include "measure/verify/tpm/document.h"

#include <errno.h>
#include <openssl/pem.h>

#include "measure/verify/tpm/chain.h"
#include "tests/lib/documentmake.h"
#include "tests/lib/machine.h"
#include "tests/lib/tap.h"
#include "tests/lib/vectors.h"

static EVP_PKEY *key, *other;
static X509 *cert, *ca;
static const uint8_t nonce[32] = { 'n' };
static struct document_recipe recipe;
static struct bytes bytes;
static struct document document;
static struct diag diag;

static void start(void)
{
	document_start(&recipe, key, cert, nonce);
	recipe.cert[1] = ca;
	recipe.n_certs = 2;
}

static int parse(void)
{
	memset(&document, 0xee, sizeof(document));
	diag = (struct diag){ 0 };
	return document_parse(span_of(bytes.p, bytes.len), &document, &diag);
}

static int parse_lie(enum document_lie lie)
{
	start();
	recipe.lie = lie;
	put_document(&bytes, &recipe);
	return parse();
}

static bool is_untouched(void)
{
	const uint8_t *p = (const uint8_t *)&document;

	for (size_t i = 0; i < sizeof(document); i++)
		if (p[i] != 0xee)
			return false;
	return true;
}

static void refused(enum document_lie lie, int error, const char *what, const char *name)
{
	int r = parse_lie(lie);

	if (!ok(r == error && is_untouched(), name))
		printf("#   %d, %s\n", r, diag.what);
	is_str(diag.what, what, name);
}

static void test_good(void)
{
	start();
	recipe.pcr[4].bytes[0] = 4;
	recipe.has |= 1u << 16 | 1u << 23;
	put_document(&bytes, &recipe);
	is_int(parse(), 0, "a document is read");
	ok(document.is_tpm && document.is_sha384 && document.pcrs == 0x81ffff &&
		   document.pcr[4].bytes[0] == 4 && document.pcr[4].alg == HASH_SHA384,
	   "its PCRs, more than 0 to 15 too");
	ok(document.nonce.left == 32 && !memcmp(document.nonce.p, nonce, 32) &&
		   !document.user_data.p && !document.public_key.p,
	   "its nonce; null is not there");
	ok(document.certs.n == 2 && document.timestamp_ms == 1000ull * NOW &&
		   is_text(document.module_id, recipe.module),
	   "certificates, time and module");
	is_int(document_check_signature(&document, key), QUOTE_HOLDS, "its signature");
	is_int(document_check_signature(&document, other), QUOTE_SIGNATURE, "is no other key's");
	is_int(document_check_signature(&document, pki.ak), QUOTE_KEY_INVALID,
	       "and a key of P-256 makes none");
	recipe.tagged = recipe.definite = true;
	recipe.user_data = nonce;
	recipe.user_data_len = 3;
	put_document(&bytes, &recipe);
	ok(parse() == 0 && document.user_data.left == 3 &&
		   document_check_signature(&document, key) == QUOTE_HOLDS,
	   "with its tag, and a map that says its length");
}

static void test_lies(void)
{
	refused(DOCUMENT_KEY_TWICE, -EPROTO, "a key of the payload twice", "a key twice");
	refused(DOCUMENT_PCR_TWICE, -EPROTO, "a PCR twice", "a PCR twice");
	refused(DOCUMENT_BOTH_PCRS, -EPROTO, "a key of the payload twice",
		"a machine's PCRs beside an enclave's");
	refused(DOCUMENT_KEY_UNKNOWN, -EPROTO, "a key of the payload that is not known",
		"a key that is not known");
	refused(DOCUMENT_KEY_MISSING, -EPROTO, "a key of the payload is missing", "a key less");
	refused(DOCUMENT_KEY_NUMBER, -EPROTO, "a key of the payload is no text",
		"a number for a key");
	refused(DOCUMENT_OPEN_STRING, -EPROTO, "certificate is no bytes",
		"a string whose length is not said");
	refused(DOCUMENT_OPEN_PCRS, -EPROTO, "the PCRs are no map",
		"PCRs whose number is not said");
	refused(DOCUMENT_OPEN_LIST, -EPROTO, "cabundle is no list",
		"certificates whose number is not said");
	refused(DOCUMENT_OPEN_OUTSIDE, -EPROTO, "it is no list", "a list whose length is not said");
	refused(DOCUMENT_PAYLOAD_TRAILS, -EPROTO, "something follows",
		"a byte behind the payload's map");
	refused(DOCUMENT_TRAILS, -EPROTO, "something follows", "a byte behind the document");
	refused(DOCUMENT_TAG, -EPROTO, "tagged as something else", "another tag");
	refused(DOCUMENT_OTHER_ALG, -ENOTSUP, "it is signed in another way than by ES384",
		"another algorithm");
	refused(DOCUMENT_NO_ALG, -EPROTO, "the protected header has no algorithm", "none");
	refused(DOCUMENT_MORE_HEADER, -EPROTO, "the protected header is more than an algorithm",
		"more in the protected header");
	refused(DOCUMENT_UNPROTECTED, -EPROTO, "the unprotected header is not empty",
		"anything in the header that is not signed");
	refused(DOCUMENT_FIVE, -EPROTO, "it is not a list of four", "a list of five");
	refused(DOCUMENT_PCR_SHORT, -EPROTO, "a PCR whose value is not 48 bytes long",
		"a PCR of another hash");
	refused(DOCUMENT_PCR_HIGH, -EPROTO, "a PCR that there is not", "PCR 32");
	refused(DOCUMENT_SIGNATURE_SHORT, -EPROTO, "the signature is not 96 bytes long",
		"a signature of 95 bytes");
	refused(DOCUMENT_MANY_CERTS, -EFBIG, "more than 7 certificates above its own",
		"more certificates than are read");
	refused(DOCUMENT_LONG_FIELD, -EPROTO,
		"public_key, user_data or nonce is longer than 1024 bytes",
		"a field of 1025 bytes");
}

static void test_module(void)
{
	start();
	recipe.module = "two words";
	put_document(&bytes, &recipe);
	ok(parse() == -EPROTO && is_untouched(), "a module_id that is no word");
	recipe.module = "";
	put_document(&bytes, &recipe);
	is_int(parse(), -EPROTO, "an empty one");
}

/* Of every length but the right one it is none; and no bit of it is free. */
static void test_bytes(int (*check)(void))
{
	size_t len = bytes.len;
	bool held = true;

	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = exact_copy(bytes.p, n);

		memset(&document, 0xee, sizeof(document));
		held &= document_parse(span_of(copy, n), &document, NULL) < 0 && is_untouched();
		free(copy);
	}
	ok(held, "every beginning of it is refused");
	held = true;
	for (size_t i = 0; i < len; i += 7) {
		bytes.p[i] ^= 0x10;
		held &= check() != 0;
		bytes.p[i] ^= 0x10;
	}
	ok(held, "what was changed is refused, or not signed");
}

static EVP_PKEY *signer;

static int whole(void)
{
	return parse() || document_check_signature(&document, signer) != QUOTE_HOLDS;
}

/* What the policy that is made for it says of its chain, at that time. */
static const char *chain_at(int64_t time)
{
	struct rampart_policy *policy = rampart_policy_new();
	size_t len;
	uint8_t *text = slurp("measure/policies/aws.json", &len);
	struct certs certs;
	struct chain chain;

	must(text && rampart_policy_read(policy, (const char *)text, len, NULL) == 0);
	certs_read(&document.certs, policy, &certs);
	chain = chain_check(policy, &certs, 0, CHAIN_DOCUMENT, time);
	certs_done(&certs);
	rampart_policy_free(policy);
	free(text);
	return chain.what ? chain.what : "holds";
}

/* Four bytes of framing, the document, and zeros. */
static void test_real(void)
{
	const unsigned char *der;
	size_t len;
	uint8_t *file = vectors_load("evidence/aws/nitro-enclave-document.bin", &len);
	X509 *x509;

	bytes.len = 0;
	put(&bytes, file + 4, len - 4);
	is_int(parse(), -EPROTO, "real: the zeros behind it are none of it");
	bytes.len = diag.off;
	is_int(parse(), 0, "real: without them it is read");
	ok(!document.is_tpm && document.is_sha384 && document.pcrs == 0xffff &&
		   document.certs.n == 5 && document.user_data.left == 64 && !document.nonce.p,
	   "real: an enclave's, with the members that it should have");
	der = document.certs.der[0].p;
	x509 = d2i_X509(NULL, &der, (long)document.certs.der[0].left);
	signer = X509_get0_pubkey(x509);
	is_int(document_check_signature(&document, signer), QUOTE_HOLDS, "real: its signature");
	is_str(chain_at((int64_t)document.timestamp_ms / 1000), "holds",
	       "real: its chain leads to the root that measure/policies/aws.json pins");
	is_str(chain_at((int64_t)document.timestamp_ms / 1000 + 4 * 3600), "it has expired",
	       "real: for three hours");
	test_bytes(whole);
	X509_free(x509);
	free(file);
}

int main(void)
{
	make_pki();
	key = EVP_EC_gen("P-384");
	other = EVP_EC_gen("P-384");
	ca = make_ca("nitro", other, NULL, NULL);
	cert = make_cert(&(struct cert_recipe){ .name = "i",
						.pkey = key,
						.issuer = ca,
						.issuer_pkey = other,
						.usage = "digitalSignature" });
	test_good();
	test_lies();
	test_module();
	start();
	put_document(&bytes, &recipe);
	signer = key;
	test_bytes(whole);
	if (vectors_found())
		test_real();
	else
		tap_skip("the document of a real enclave", NO_VECTORS);
	X509_free(cert);
	X509_free(ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	free_pki();
	return tap_done();
}
