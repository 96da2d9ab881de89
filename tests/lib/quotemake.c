/* SPDX-License-Identifier: MIT */
#include "tests/lib/quotemake.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tests/lib/tap.h"

struct evidence evidence;
struct quote_recipe quote;
struct key_recipe ak;
struct signer rsa, p256;

static uint64_t bit_of(enum quote_reason reason)
{
	return reason == QUOTE_HOLDS ? 0 : BIT(reason);
}

uint64_t lies(void)
{
	return bit_of(quote_check_key(&evidence.key)) |
	       bit_of(quote_check_name(&evidence.key,
				       span_of(evidence.name.bytes, evidence.name.len))) |
	       bit_of(quote_check_signature(&evidence.quote, &evidence.sig, &evidence.key)) |
	       bit_of(quote_check_header(&evidence.quote)) |
	       bit_of(quote_check_binding(&evidence.quote, &evidence.leaf, &evidence.path)) |
	       bit_of(quote_check_selection(&evidence.quote, evidence.bank)) |
	       bit_of(quote_check_digest(&evidence.quote, &evidence.key.scheme, evidence.bank,
					 &evidence.values)) |
	       bit_of(quote_check_measured(evidence.bank, &evidence.values, NULL));
}

void start(const struct signer *signer)
{
	static const enum hash_alg sha256 = HASH_SHA256;
	const uint8_t nonce[BINDING_LEN] = { 1 }, exporter[BINDING_LEN] = { 2 };

	evidence.values = (struct pcrs){ .bank = { [HASH_SHA256] = true } };
	for (size_t i = 0; i < PCRS_N; i++)
		memset(evidence.values.value[HASH_SHA256][i].bytes, 0x30 + (int)i, 32);
	memset(evidence.bank, 0, sizeof(evidence.bank));
	evidence.bank[HASH_SHA256] = true;
	quote = (struct quote_recipe)SAMPLE_QUOTE;
	binding_leaf(nonce, span_of("spki", 4), exporter, &evidence.leaf);
	recipe_bind(&quote, &evidence.leaf, &evidence.path);
	digest_values(&sha256, 1, 0xffff, signer->hash);
	recipe_of(signer->pkey, signer->scheme, signer->hash, &ak);
}

int parse(void)
{
	return quote_parse(span_of(evidence.quote_bytes.p, evidence.quote_bytes.len),
			   &evidence.quote, NULL) ||
	       quote_parse_signature(span_of(evidence.sig_bytes.p, evidence.sig_bytes.len),
				     &evidence.sig, NULL) ||
	       tpmkey_parse(span_of(evidence.key_bytes.p, evidence.key_bytes.len), &evidence.key,
			    NULL);
}

void seal(const struct signer *signer)
{
	evidence.key_bytes.len = evidence.quote_bytes.len = evidence.sig_bytes.len = 0;
	put_key(&evidence.key_bytes, &ak);
	put_quote(&evidence.quote_bytes, &quote);
	put_signed(&evidence.sig_bytes, signer->pkey, signer->scheme, signer->hash,
		   signer->salt_len, &evidence.quote_bytes);
	if (parse() != 0) {
		printf("Bail out! the test's own evidence cannot be read\n");
		exit(1);
	}
	tpmkey_name(&evidence.key, &evidence.name);
}

void only(enum quote_reason reason, const char *name)
{
	uint64_t got = lies();

	if (!ok(got == bit_of(reason), name))
		for (size_t i = 0; i < _QUOTE_REASON_MAX; i++)
			if (got & BIT(i))
				printf("#   %s\n", quote_reason_text((enum quote_reason)i));
}

void make_signers(void)
{
	rsa = (struct signer){ EVP_RSA_gen(2048), ALG_RSASSA, ALG_SHA256, 0 };
	p256 = (struct signer){ EVP_EC_gen("P-256"), ALG_ECDSA, ALG_SHA256, 0 };
	must(rsa.pkey && p256.pkey);
}

void free_signers(void)
{
	EVP_PKEY_free(rsa.pkey);
	EVP_PKEY_free(p256.pkey);
}

void digest_values(const enum hash_alg *bank, size_t n_banks, uint32_t pcrs, uint16_t hash)
{
	recipe_values(&quote, hash, &evidence.values, bank, n_banks, pcrs);
}
