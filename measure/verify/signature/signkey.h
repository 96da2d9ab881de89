/* SPDX-License-Identifier: MIT */
/*
 * Keys of people who sign files, and signatures by them: Ed25519 (RFC 8032), ECDSA over P-256 with
 * SHA-256 (FIPS 186-5) and ML-DSA-65 (FIPS 204). Where such keys are written down: sshkey.h, minisig.h,
 * mldsa.h.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_SIGNKEY_H
#define MEASURE_VERIFY_SIGNATURE_SIGNKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/rampart.h"

#define SIGNKEY_ED25519_LEN	32 /* the encoded point */
#define SIGNKEY_P256_LEN	65 /* 0x04 || x || y */
#define SIGNKEY_SIG_LEN		64 /* R || S of Ed25519; r || s of ECDSA, big-endian, 32 bytes each */

#define SIGNKEY_MLDSA65_LEN	1952
#define SIGNKEY_MLDSA65_SIG_LEN 3309

#define SIGNKEY_LEN_MAX		SIGNKEY_MLDSA65_LEN
#define SIGNKEY_SIG_LEN_MAX	SIGNKEY_MLDSA65_SIG_LEN

enum signkey_type { SIGNKEY_ED25519, SIGNKEY_P256, SIGNKEY_MLDSA65 };

struct signkey {
	enum signkey_type type;
	uint8_t bytes[SIGNKEY_LEN_MAX]; /* those past the type's length are zero */
};

/* Bytes of a key and of a signature of this type. */
size_t signkey_len(enum signkey_type type);
size_t signkey_sig_len(enum signkey_type type);

bool signkey_equal(const struct signkey *a, const struct signkey *b);

/*
 * -EPROTO: no honest key has these bytes, a point that is not on P-256, or one of small order of
 * Ed25519. (One that is not on that curve at all is not found here; nothing is ever signed by it.)
 */
int signkey_check(const struct signkey *key, struct rampart_error *error);

/*
 * Whether signature, of signkey_sig_len(), is the key's over data, all of it. context: what FIPS 204 calls
 * so, of ML-DSA only; "" otherwise. -EPROTO: it is not. -ENOMEM. Bytes are public; nothing is constant-time.
 */
int signkey_verify(const struct signkey *key, const char *context, struct span data,
		   const uint8_t *signature, struct rampart_error *error);

#endif
