/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/quote_signature.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "measure/verify/signature/ecdsa.h"

#define RSA_EXPONENT 65537

/* The point uncompressed, 0x04 || x || y, each filled up to the curve's size. */
static size_t point_of(const struct tpmkey *key, uint8_t ret_point[1 + 2 * TPMKEY_COORD_MAX])
{
	size_t len = tpmkey_coord_len(key->type);

	memset(ret_point, 0, 1 + 2 * len);
	ret_point[0] = 0x04;
	memcpy(ret_point + 1 + len - key->x.left, key->x.p, key->x.left);
	memcpy(ret_point + 1 + 2 * len - key->y.left, key->y.p, key->y.left);
	return 1 + 2 * len;
}

/* The numbers of the key, for OSSL_PARAM_free(); NULL if memory ran out. */
static OSSL_PARAM *params_of(const struct tpmkey *key)
{
	const char *group = key->type == TPMKEY_P256 ? "P-256" : "P-384";
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * TPMKEY_COORD_MAX];
	OSSL_PARAM *params = NULL;
	BIGNUM *n = NULL;
	int pushed;

	if (!build)
		return NULL;
	if (key->type == TPMKEY_RSA) {
		n = BN_bin2bn(key->n.p, (int)key->n.left, NULL);
		pushed = n && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
			 OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, RSA_EXPONENT);
	} else {
		pushed = OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group,
							 0) &&
			 OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
							  point_of(key, point));
	}
	if (pushed)
		params = OSSL_PARAM_BLD_to_param(build);
	BN_free(n);
	OSSL_PARAM_BLD_free(build);
	return params;
}

int quote_key_to_evp(const struct tpmkey *key, EVP_PKEY **ret_pkey)
{
	const char *type = key->type == TPMKEY_RSA ? "RSA" : "EC";
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx;
	int r = -ENOMEM;

	ERR_set_mark();
	params = params_of(key);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (params && ctx && EVP_PKEY_fromdata_init(ctx) > 0)
		r = EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) > 0 ? 0 : -EPROTO;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	ERR_pop_to_mark();
	if (r == 0)
		*ret_pkey = pkey;
	return r;
}

static bool prepare(EVP_MD_CTX *ctx, EVP_PKEY *pkey, const struct tpm_scheme *scheme)
{
	EVP_PKEY_CTX *pkey_ctx;

	if (EVP_DigestVerifyInit_ex(ctx, &pkey_ctx, hash_name(scheme->hash), NULL, NULL, pkey,
				    NULL) <= 0)
		return false;
	if (scheme->alg != TPM_SCHEME_RSAPSS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, RSA_PSS_SALTLEN_AUTO) > 0;
}

static enum quote_reason verify(EVP_PKEY *pkey, const struct tpm_scheme *scheme, struct span data,
				struct span signature)
{
	enum quote_reason reason = QUOTE_UNSURE;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && prepare(ctx, pkey, scheme)) {
		int r = EVP_DigestVerify(ctx, signature.p, signature.left, data.p, data.left);

		reason = r == 1 ? QUOTE_HOLDS : QUOTE_SIGNATURE;
	}
	EVP_MD_CTX_free(ctx);
	return reason;
}

enum quote_reason quote_check_signature(const struct quote *quote,
					const struct quote_signature *signature,
					const struct tpmkey *key)
{
	struct span bytes = signature->rsa;
	uint8_t der[ECDSA_DER_MAX];
	enum quote_reason reason;
	EVP_PKEY *pkey;
	int r;

	if (key->scheme.alg == TPM_SCHEME_NULL)
		return QUOTE_KEY_NO_SCHEME;
	if (signature->scheme.alg != key->scheme.alg || signature->scheme.hash != key->scheme.hash)
		return QUOTE_SIGNATURE_SCHEME;
	if (key->scheme.alg == TPM_SCHEME_ECDSA)
		bytes = span_of(der, ecdsa_der(signature->r, signature->s, der));
	if (bytes.left == 0)
		return QUOTE_UNSURE;
	r = quote_key_to_evp(key, &pkey);
	if (r < 0)
		return r == -EPROTO ? QUOTE_KEY_INVALID : QUOTE_UNSURE;

	ERR_set_mark();
	reason = verify(pkey, &key->scheme, quote->bytes, bytes);
	ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	return reason;
}
