/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/mldsa.h"

#include <errno.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/verify/signature/armor.h"

/* A sequence of {id-ml-dsa-65, no parameters} and a bit string of the key: the only DER of it. */
static const uint8_t head[] = { 0x30, 0x82, 0x07, 0xb2, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
				0x01, 0x65, 0x03, 0x04, 0x03, 0x12, 0x03, 0x82, 0x07, 0xa1, 0x00 };

int mldsa_key_parse(const char *text, size_t len, struct signkey *ret_key,
		    struct digest *ret_fingerprint, struct rampart_error *error)
{
	uint8_t der[ARMOR_BYTES_MAX];
	const char *what;
	size_t n;
	int r = armor_read(text, len, "PUBLIC KEY", der, &n, &what);

	if (r < 0)
		return error_set(error, r, "malformed PEM of a key: %s", what);
	if (n != sizeof(head) + SIGNKEY_MLDSA65_LEN || memcmp(der, head, sizeof(head)) != 0)
		return error_set(
			error, -ENOTSUP,
			"a key in PEM that is not of ML-DSA-65; others come as ssh-keygen or minisign write them");
	hash_bytes(HASH_SHA256, der, n, ret_fingerprint);
	*ret_key = (struct signkey){ .type = SIGNKEY_MLDSA65 };
	memcpy(ret_key->bytes, der + sizeof(head), SIGNKEY_MLDSA65_LEN);
	return 0;
}

int mldsa_parse(const char *text, size_t len, uint8_t ret[static SIGNKEY_MLDSA65_SIG_LEN],
		struct rampart_error *error)
{
	uint8_t bytes[ARMOR_BYTES_MAX];
	const char *what;
	size_t n;
	int r = armor_read(text, len, "ML-DSA-65 SIGNATURE", bytes, &n, &what);

	if (r == 0 && n != SIGNKEY_MLDSA65_SIG_LEN) {
		what = "not 3309 bytes";
		r = -EBADMSG;
	}
	if (r < 0)
		return error_set(error, r, "malformed ML-DSA-65 signature: %s", what);
	memcpy(ret, bytes, SIGNKEY_MLDSA65_SIG_LEN);
	return 0;
}
