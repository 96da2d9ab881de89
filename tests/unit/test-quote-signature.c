/* SPDX-License-Identifier: MIT */
/* Signatures of a test TPM, and everything that may be wrong with one. */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "measure/verify/tpm/quote_signature.h"
#include "tests/lib/quotemake.h"

static void test_schemes(void)
{
	static const struct {
		const char *key;
		size_t bits;
		uint16_t scheme, hash;
		int salt_len;
		const char *name;
	} cases[] = {
		{ NULL, 2048, ALG_RSASSA, ALG_SHA256, 0, "check: RSASSA, SHA-256" },
		{ NULL, 2048, ALG_RSASSA, ALG_SHA384, 0, "check: RSASSA, SHA-384" },
		{ NULL, 2048, ALG_RSASSA, ALG_SHA512, 0, "check: RSASSA, SHA-512" },
		{ NULL, 2048, ALG_RSAPSS, ALG_SHA256, RSA_PSS_SALTLEN_DIGEST, "check: RSAPSS" },
		{ NULL, 2048, ALG_RSAPSS, ALG_SHA384, RSA_PSS_SALTLEN_DIGEST,
		  "check: RSAPSS, SHA-384" },
		{ NULL, 2048, ALG_RSAPSS, ALG_SHA512, RSA_PSS_SALTLEN_MAX,
		  "check: RSAPSS, SHA-512, the longest salt" },
		{ NULL, 3072, ALG_RSASSA, ALG_SHA256, 0, "check: RSA of 3072 bits" },
		{ NULL, 4096, ALG_RSAPSS, ALG_SHA512, RSA_PSS_SALTLEN_MAX,
		  "check: RSA of 4096 bits" },
		{ "P-256", 0, ALG_ECDSA, ALG_SHA256, 0, "check: P-256, SHA-256" },
		{ "P-256", 0, ALG_ECDSA, ALG_SHA512, 0, "check: P-256, SHA-512" },
		{ "P-384", 0, ALG_ECDSA, ALG_SHA384, 0, "check: P-384, SHA-384" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct signer s = { NULL, cases[i].scheme, cases[i].hash, cases[i].salt_len };

		s.pkey = cases[i].key		? EVP_EC_gen(cases[i].key)
			 : cases[i].bits > 2048 ? EVP_RSA_gen(cases[i].bits)
						: rsa.pkey;
		must(s.pkey != NULL);
		start(&s);
		seal(&s);
		only(QUOTE_HOLDS, cases[i].name);
		evidence.quote_bytes.p[AT_CLOCK] ^= 1;
		only(QUOTE_SIGNATURE, "check: ... and not for another quote");
		if (s.pkey != rsa.pkey)
			EVP_PKEY_free(s.pkey);
	}
}

static void test_signatures(void)
{
	struct signer other = p256;

	other.pkey = EVP_EC_gen("P-256");
	must(other.pkey != NULL);
	start(&p256);
	seal(&other);
	only(QUOTE_SIGNATURE, "signature: of another key");
	EVP_PKEY_free(other.pkey);

	start(&p256);
	seal(&p256);
	evidence.sig.scheme.hash = HASH_SHA384;
	only(QUOTE_SIGNATURE_SCHEME, "signature: it says another hash than the key");
	start(&rsa);
	ak.scheme = ALG_RSAPSS;
	seal(&rsa);
	only(QUOTE_SIGNATURE_SCHEME, "signature: it says another scheme than the key");
	evidence.sig.scheme.alg = TPM_SCHEME_RSAPSS;
	only(QUOTE_SIGNATURE, "signature: it says the key's scheme and is of another");
	start(&p256);
	seal(&rsa);
	only(QUOTE_SIGNATURE_SCHEME, "signature: RSA by an ECC key");

	start(&p256);
	seal(&p256);
	memset(evidence.sig_bytes.p + 6, 0, 32);
	only(QUOTE_SIGNATURE, "signature: r is zero");
	seal(&p256);
	memset(evidence.sig_bytes.p + 6, 0xff, 32);
	only(QUOTE_SIGNATURE, "signature: r is over the order of the curve");
	seal(&p256);
	evidence.sig.s = span_of(evidence.sig_bytes.p, 48);
	only(QUOTE_SIGNATURE, "signature: s is too long for the curve");
}

/* A TPM that leaves out leading zeros says the same; and a key's numbers may be no key. */
static void test_numbers(void)
{
	start(&p256);
	do
		seal(&p256);
	while (evidence.sig.r.p[0] != 0);
	evidence.sig.r.p++;
	evidence.sig.r.left--;
	only(QUOTE_HOLDS, "signature: r without its leading zero is the same");

	start(&p256);
	ak.y[31] ^= 1;
	seal(&p256);
	only(QUOTE_KEY_INVALID, "key: its point is not on the curve");
	memset(ak.n, 0, 32);
	memset(ak.y, 0, 32);
	seal(&p256);
	only(QUOTE_KEY_INVALID, "key: its point is zero");
	start(&rsa);
	ak.n[100] ^= 1;
	seal(&rsa);
	only(QUOTE_SIGNATURE, "key: another modulus has not signed");
}

/* Each byte of what the peer sends, changed without signing again. */
static void test_tampering(const struct signer *signer, const char *const name[3])
{
	struct bytes *parts[] = { &evidence.quote_bytes, &evidence.sig_bytes, &evidence.key_bytes };

	for (size_t k = 0; k < 3; k++) {
		int held = 1;

		start(signer);
		seal(signer);
		for (size_t i = 0; i < parts[k]->len; i++) {
			parts[k]->p[i] ^= 0x01;
			/* A key's attributes are in its Name, the rest in the signature as well. */
			held &= parse() != 0 || (k == 2 ? lies() & BIT(QUOTE_KEY_NAME)
							: lies() & (BIT(QUOTE_SIGNATURE) |
								    BIT(QUOTE_SIGNATURE_SCHEME)));
			parts[k]->p[i] ^= 0x01;
		}
		ok(held && parse() == 0 && lies() == 0, name[k]);
	}
}

/* TLS code looks at the thread's error queue: what is refused leaves nothing there. */
static void test_error_queue(void)
{
	start(&p256);
	ak.y[31] ^= 1;
	seal(&p256);
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 77);
	only(QUOTE_KEY_INVALID, "errors: a key is refused");
	start(&rsa);
	seal(&rsa);
	evidence.quote_bytes.p[AT_CLOCK] ^= 1;
	only(QUOTE_SIGNATURE, "errors: a signature is refused");
	is_int(ERR_GET_REASON(ERR_peek_last_error()), 77, "errors: the queue is as it was");
	ERR_get_error();
	ok(ERR_peek_error() == 0, "errors: all of it");
}

int main(void)
{
	static const char *const rsa_names[] = { "tampering: any byte of a quote, RSA",
						 "tampering: any byte of a signature, RSA",
						 "tampering: any byte of a key, RSA" };
	static const char *const ecc_names[] = { "tampering: any byte of a quote, ECC",
						 "tampering: any byte of a signature, ECC",
						 "tampering: any byte of a key, ECC" };

	make_signers();
	test_schemes();
	test_signatures();
	test_numbers();
	test_tampering(&rsa, rsa_names);
	test_tampering(&p256, ecc_names);
	test_error_queue();
	free_signers();
	return tap_done();
}
