/* SPDX-License-Identifier: MIT */
#include "tests/lib/tpmsign.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

static size_t put_number(EVP_PKEY *pkey, const char *param, uint8_t *ret, size_t len)
{
	BIGNUM *bn = NULL;

	must(EVP_PKEY_get_bn_param(pkey, param, &bn) && BN_bn2binpad(bn, ret, (int)len) > 0);
	BN_free(bn);
	return len;
}

void recipe_of(EVP_PKEY *pkey, uint16_t scheme, uint16_t hash, struct key_recipe *ret_recipe)
{
	struct key_recipe k = { .name_alg = ALG_SHA256,
				.attributes = AK_ATTRIBUTES,
				.symmetric = ALG_NULL,
				.scheme = scheme,
				.hash = hash };
	size_t bits = (size_t)EVP_PKEY_get_bits(pkey), len = bits / 8;

	if (EVP_PKEY_is_a(pkey, "RSA")) {
		k.type = ALG_RSA;
		k.bits = (uint16_t)bits;
		k.n_len = put_number(pkey, OSSL_PKEY_PARAM_RSA_N, k.n, len);
	} else {
		k.type = ALG_ECC;
		k.bits = bits == 256 ? 0x0003 : 0x0004;
		k.n_len = put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, k.n, len);
		k.y_len = put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, k.y, len);
	}
	*ret_recipe = k;
}

const char *md_name(uint16_t hash)
{
	switch (hash) {
	case ALG_SHA1:
		return "SHA1";
	case ALG_SHA384:
		return "SHA384";
	case ALG_SHA512:
		return "SHA512";
	default:
		return "SHA256";
	}
}

/* r and s, each filled up to the curve's size, as a TPM gives them. */
static void put_ecdsa(struct bytes *b, uint16_t hash, const uint8_t *der, size_t der_len,
		      size_t len)
{
	const unsigned char *p = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der_len);
	uint8_t r[48], s[48];

	must(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), r, (int)len) > 0 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), s, (int)len) > 0);
	ECDSA_SIG_free(sig);
	put_signature(b, ALG_ECDSA, hash, r, len, s, len);
}

void put_signed(struct bytes *b, EVP_PKEY *pkey, uint16_t scheme, uint16_t hash, int salt_len,
		const struct bytes *data)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx;
	uint8_t sig[512];
	size_t len = sizeof(sig);

	must(EVP_DigestSignInit_ex(ctx, &pkey_ctx, md_name(hash), NULL, NULL, pkey, NULL));
	if (scheme == ALG_RSAPSS)
		must(EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, salt_len) > 0);
	must(EVP_DigestSign(ctx, sig, &len, data->p, data->len));
	EVP_MD_CTX_free(ctx);
	if (scheme == ALG_ECDSA)
		put_ecdsa(b, hash, sig, len, (size_t)EVP_PKEY_get_bits(pkey) / 8);
	else
		put_signature(b, scheme, hash, sig, len, NULL, 0);
}

void recipe_bind(struct quote_recipe *q, const struct binding_leaf *leaf,
		 struct merkle_path *ret_path)
{
	static struct merkle_hash node[16];

	for (size_t i = 0; i < 5; i++)
		merkle_leaf(&i, sizeof(i), &node[i]);
	merkle_leaf(leaf->bytes, sizeof(leaf->bytes), &node[2]);
	must(merkle_build(node, 5) == 0 && merkle_path(node, 5, 2, ret_path) == 0);
	binding_extra(&node[merkle_nodes(5) - 1], q->extra);
}

void recipe_values(struct quote_recipe *q, uint16_t hash, const struct pcrs *values,
		   const enum hash_alg *bank, size_t n_banks, uint32_t pcrs)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(NULL, md_name(hash), NULL);
	unsigned len = 0;

	must(EVP_DigestInit_ex2(ctx, md, NULL));
	for (size_t i = 0; i < n_banks; i++)
		for (size_t pcr = 0; pcr < PCRS_N; pcr++)
			if (pcrs >> pcr & 1)
				must(EVP_DigestUpdate(ctx, values->value[bank[i]][pcr].bytes,
						      hash_len(bank[i])));
	must(EVP_DigestFinal_ex(ctx, q->digest, &len));
	q->digest_len = len;
	EVP_MD_free(md);
	EVP_MD_CTX_free(ctx);
}
