/* SPDX-License-Identifier: MIT */
/* tpmkey_parse(), and the key that libcrypto makes of what was read. */
#include "measure/verify/tpm/quote_signature.h"
#include "tests/fuzz/fuzz.h"

#include <openssl/evp.h>

#define SIGNS                                                                       \
	(TPMKEY_RESTRICTED | TPMKEY_SIGN | TPMKEY_FIXED_TPM | TPMKEY_FIXED_PARENT | \
	 TPMKEY_SENSITIVE_DATA_ORIGIN)

static void check_numbers(const struct tpmkey *key)
{
	size_t coord = tpmkey_coord_len(key->type);

	require(is_inside(key->n, key->bytes) && is_inside(key->x, key->bytes) &&
		is_inside(key->y, key->bytes));
	if (key->type == TPMKEY_RSA)
		require((key->n.left == 256 || key->n.left == 384 || key->n.left == 512) &&
			key->n.p[0] & 0x80 && key->n.p[key->n.left - 1] & 1);
	else
		require(key->x.left >= 1 && key->x.left <= coord && key->y.left >= 1 &&
			key->y.left <= coord);
}

static void check_name(const struct tpmkey *key)
{
	struct tpmkey_name name;
	struct digest digest;

	tpmkey_name(key, &name);
	hash_bytes(key->name_alg, key->bytes.p, key->bytes.left, &digest);
	require(name.len == 2 + hash_len(key->name_alg) &&
		!memcmp(name.bytes + 2, digest.bytes, name.len - 2));
	require(quote_check_name(key, span_of(name.bytes, name.len)) == QUOTE_HOLDS);
	name.bytes[name.len - 1] ^= 1;
	require(quote_check_name(key, span_of(name.bytes, name.len)) == QUOTE_KEY_NAME);
}

static void check_libcrypto(const struct tpmkey *key)
{
	EVP_PKEY *pkey = NULL;

	if (quote_key_to_evp(key, &pkey) < 0) {
		require(pkey == NULL);
		return;
	}
	require((size_t)EVP_PKEY_get_bits(pkey) ==
		8 * (key->type == TPMKEY_RSA ? key->n.left : tpmkey_coord_len(key->type)));
	EVP_PKEY_free(pkey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct diag diag = { .off = SIZE_MAX };
	struct tpmkey key;

	memset(&key, FRESH, sizeof(key));
	if (tpmkey_parse(input, &key, &diag) < 0) {
		require(is_fresh(&key, sizeof(key)) && diag.what && diag.off <= size);
		return 0;
	}
	require(is_same(key.bytes, input));
	check_numbers(&key);
	check_name(&key);
	check_libcrypto(&key);
	if (quote_check_key(&key) == QUOTE_HOLDS)
		require((key.attributes & (SIGNS | TPMKEY_DECRYPT)) == SIGNS &&
			key.name_alg == HASH_SHA256 && key.scheme.alg != TPM_SCHEME_NULL);
	return 0;
}
