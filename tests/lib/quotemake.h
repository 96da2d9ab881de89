/* SPDX-License-Identifier: MIT */
/*
 * Whole evidence of a machine that a test TPM signed: start(), change something, seal(), and then
 * only() says which checks find a lie. Most lies are signed by the right key, so that the signature
 * cannot be what finds them.
 */
#ifndef TESTS_EVIDENCE_H
#define TESTS_EVIDENCE_H

#include "measure/lib/quote_check.h"
#include "measure/verify/tpm/quote_signature.h"
#include "tests/lib/tap.h"
#include "tests/lib/tpmsign.h"

#define BIT(reason) (1ull << (reason))

/* How the test TPM signs. */
struct signer {
	EVP_PKEY *pkey;
	uint16_t scheme, hash;
	int salt_len;
};

/* What a verifier has: the peer's bytes as they were read, and what he expects of them. */
struct evidence {
	struct bytes key_bytes, quote_bytes, sig_bytes;
	struct tpmkey key;
	struct quote quote;
	struct quote_signature sig;
	struct merkle_path path;

	struct tpmkey_name name;
	struct binding_leaf leaf;
	bool bank[_HASH_MAX];
	struct pcrs values;
};

static struct evidence e;
static struct quote_recipe quote;
static struct key_recipe ak;
static struct signer rsa, p256;

static inline uint64_t bit_of(enum quote_reason reason)
{
	return reason == QUOTE_HOLDS ? 0 : BIT(reason);
}

/* All checks that have something to say, as bits by reason. */
static inline uint64_t lies(void)
{
	return bit_of(quote_check_key(&e.key)) |
	       bit_of(quote_check_name(&e.key, span_of(e.name.bytes, e.name.len))) |
	       bit_of(quote_check_signature(&e.quote, &e.sig, &e.key)) |
	       bit_of(quote_check_header(&e.quote)) |
	       bit_of(quote_check_binding(&e.quote, &e.leaf, &e.path)) |
	       bit_of(quote_check_selection(&e.quote, e.bank)) |
	       bit_of(quote_check_digest(&e.quote, &e.key.scheme, e.bank, &e.values)) |
	       bit_of(quote_check_measured(e.bank, &e.values, NULL));
}

/* The digest over PCRs of the values, with a hash, made with EVP. Banks in the order given. */
static inline void digest_values(const enum hash_alg *bank, size_t n_banks, uint32_t pcrs,
				 uint16_t hash)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(NULL, md_name(hash), NULL);
	unsigned len = 0;

	must(EVP_DigestInit_ex2(ctx, md, NULL));
	for (size_t i = 0; i < n_banks; i++)
		for (size_t pcr = 0; pcr < PCRS_N; pcr++)
			if (pcrs >> pcr & 1)
				must(EVP_DigestUpdate(ctx, e.values.value[bank[i]][pcr].bytes,
						      hash_len(bank[i])));
	must(EVP_DigestFinal_ex(ctx, quote.digest, &len));
	quote.digest_len = len;
	EVP_MD_free(md);
	EVP_MD_CTX_free(ctx);
}

/* The request among four others. */
static inline void bind_request(void)
{
	static struct merkle_hash node[16];
	uint8_t nonce[BINDING_LEN] = { 1 }, exporter[BINDING_LEN] = { 2 };

	for (size_t i = 0; i < 5; i++)
		merkle_leaf(&i, sizeof(i), &node[i]);
	binding_leaf(nonce, span_of("spki", 4), exporter, &e.leaf);
	merkle_leaf(e.leaf.bytes, sizeof(e.leaf.bytes), &node[2]);
	must(merkle_build(node, 5) == 0 && merkle_path(node, 5, 2, &e.path) == 0);
	binding_extra(&node[merkle_nodes(5) - 1], quote.extra);
}

/* A machine with sha256, and the recipes of its key and quote; seal() makes the bytes of them. */
static inline void start(const struct signer *signer)
{
	static const enum hash_alg sha256 = HASH_SHA256;

	e.values = (struct pcrs){ .bank = { [HASH_SHA256] = true } };
	for (size_t i = 0; i < PCRS_N; i++)
		memset(e.values.value[HASH_SHA256][i].bytes, 0x30 + (int)i, 32);
	memset(e.bank, 0, sizeof(e.bank));
	e.bank[HASH_SHA256] = true;
	quote = (struct quote_recipe)SAMPLE_QUOTE;
	bind_request();
	digest_values(&sha256, 1, 0xffff, signer->hash);
	recipe_of(signer->pkey, signer->scheme, signer->hash, &ak);
}

static inline int parse(void)
{
	return quote_parse(span_of(e.quote_bytes.p, e.quote_bytes.len), &e.quote, NULL) ||
	       quote_parse_signature(span_of(e.sig_bytes.p, e.sig_bytes.len), &e.sig, NULL) ||
	       tpmkey_parse(span_of(e.key_bytes.p, e.key_bytes.len), &e.key, NULL);
}

/* Signs the quote as it is now, and certifies the key as it is now. */
static inline void seal(const struct signer *signer)
{
	e.key_bytes.len = e.quote_bytes.len = e.sig_bytes.len = 0;
	put_key(&e.key_bytes, &ak);
	put_quote(&e.quote_bytes, &quote);
	put_signed(&e.sig_bytes, signer->pkey, signer->scheme, signer->hash, signer->salt_len,
		   &e.quote_bytes);
	if (parse() != 0) {
		printf("Bail out! the test's own evidence cannot be read\n");
		exit(1);
	}
	tpmkey_name(&e.key, &e.name);
}

static inline void only(enum quote_reason reason, const char *name)
{
	uint64_t got = lies();

	if (!ok(got == bit_of(reason), name))
		for (size_t i = 0; i < _QUOTE_REASON_MAX; i++)
			if (got & BIT(i))
				printf("#   %s\n", quote_reason_text((enum quote_reason)i));
}

static inline void make_signers(void)
{
	rsa = (struct signer){ EVP_RSA_gen(2048), ALG_RSASSA, ALG_SHA256, 0 };
	p256 = (struct signer){ EVP_EC_gen("P-256"), ALG_ECDSA, ALG_SHA256, 0 };
	must(rsa.pkey && p256.pkey);
}

static inline void free_signers(void)
{
	EVP_PKEY_free(rsa.pkey);
	EVP_PKEY_free(p256.pkey);
}

#endif
