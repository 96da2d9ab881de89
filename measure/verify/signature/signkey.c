/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/signkey.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/record/error.h"
#include "measure/verify/signature/ecdsa.h"

#define NUMBER_LEN (SIGNKEY_SIG_LEN / 2)

bool signkey_equal(const struct signkey *a, const struct signkey *b)
{
	return a->type == b->type && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

size_t signkey_len(enum signkey_type type)
{
	static const size_t lengths[] = { [SIGNKEY_ED25519] = SIGNKEY_ED25519_LEN,
					  [SIGNKEY_P256] = SIGNKEY_P256_LEN,
					  [SIGNKEY_MLDSA65] = SIGNKEY_MLDSA65_LEN };

	return lengths[type];
}

size_t signkey_sig_len(enum signkey_type type)
{
	return type == SIGNKEY_MLDSA65 ? SIGNKEY_MLDSA65_SIG_LEN : SIGNKEY_SIG_LEN;
}

/* NULL: it is no key, or memory ran out. */
static EVP_PKEY *p256_to_evp(const struct signkey *key)
{
	uint8_t point[SIGNKEY_P256_LEN];
	char group[] = "P-256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	memcpy(point, key->bytes, sizeof(point));
	if (ctx && EVP_PKEY_fromdata_init(ctx) > 0)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
					(OSSL_PARAM *)(uintptr_t)params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static int key_to_evp(const struct signkey *key, EVP_PKEY **ret_pkey, struct rampart_error *error)
{
	EVP_PKEY *pkey =
		key->type == SIGNKEY_P256
			? p256_to_evp(key)
			: EVP_PKEY_new_raw_public_key_ex(
				  NULL, key->type == SIGNKEY_ED25519 ? "ED25519" : "ML-DSA-65",
				  NULL, key->bytes, signkey_len(key->type));

	if (!pkey)
		return error_set(error, -EPROTO, "the key is none: not a point of its curve");
	*ret_pkey = pkey;
	return 0;
}

/*
 * Whether it is a point of small order: under such a key anybody can make signatures that hold.
 * These are the encodings of their y, without the sign of x: 0, 1, -1, two of order 8, and 0 and 1
 * once more as p and p + 1.
 */
static bool has_small_order(const struct signkey *key)
{
	static const uint8_t points[][SIGNKEY_ED25519_LEN] = {
		{ 0x00 },
		{ 0x01 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
		  0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
		  0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
		  0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
		  0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
		{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	};
	uint8_t y[SIGNKEY_ED25519_LEN];

	memcpy(y, key->bytes, sizeof(y));
	y[sizeof(y) - 1] &= 0x7f;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		if (!memcmp(y, points[i], sizeof(y)))
			return true;
	return false;
}

int signkey_check(const struct signkey *key, struct rampart_error *error)
{
	EVP_PKEY *pkey = NULL;
	int r;

	if (key->type == SIGNKEY_ED25519 && has_small_order(key))
		return error_set(error, -EPROTO,
				 "a key that anybody can sign with (a point of small order)");
	ERR_set_mark();
	r = key_to_evp(key, &pkey, error);
	ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	return r;
}

static int verify(const struct signkey *key, const char *context, EVP_PKEY *pkey, struct span data,
		  struct span sig, struct rampart_error *error)
{
	const char *hash = key->type == SIGNKEY_P256 ? "SHA256" : NULL;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
						  (void *)(uintptr_t)context, strlen(context)),
		OSSL_PARAM_construct_end(),
	};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r;

	if (!ctx || EVP_DigestVerifyInit_ex(ctx, NULL, hash, NULL, NULL, pkey,
					    key->type == SIGNKEY_MLDSA65 ? params : NULL) <= 0)
		r = error_memory(error);
	else if (EVP_DigestVerify(ctx, sig.p, sig.left, data.p, data.left) != 1)
		r = error_set(error, -EPROTO, "the signature is not one of these bytes");
	else
		r = 0;
	EVP_MD_CTX_free(ctx);
	return r;
}

int signkey_verify(const struct signkey *key, const char *context, struct span data,
		   const uint8_t *signature, struct rampart_error *error)
{
	struct span sig = span_of(signature, signkey_sig_len(key->type));
	EVP_PKEY *pkey = NULL;
	uint8_t der[ECDSA_DER_MAX];
	int r;

	ERR_set_mark();
	r = key_to_evp(key, &pkey, error);
	if (r == 0 && key->type == SIGNKEY_P256)
		sig = span_of(der, ecdsa_der(span_of(signature, NUMBER_LEN),
					     span_of(signature + NUMBER_LEN, NUMBER_LEN), der));
	if (r == 0)
		r = sig.left > 0 ? verify(key, context, pkey, data, sig, error)
				 : error_memory(error);
	ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	return r;
}
