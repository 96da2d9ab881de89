/* SPDX-License-Identifier: MIT */
/*
 * A bounded reader for the structures of a TPM, which are big-endian and full of sized buffers. It
 * remembers the error and where the field that it read last begins, so that a parser reads as a
 * list of fields:
 *
 *	if (tpmread_u32(&r, &magic) < 0 || tpmread_2b(&r, 64, &name) < 0)
 *		return r.error;
 *
 * All functions return 0 or the negative errno that they keep in the reader; the output is then
 * untouched and diag (if there is one) says where and why. After an error the reader cannot be used
 * any more. The spans that come out point into the caller's bytes.
 *
 * Errors, for every parser built on this: -EBADMSG the bytes end too early or go on too long,
 * -EPROTO well-formed but breaking a rule, -ENOTSUP an algorithm that we do not take, -EFBIG a
 * buffer over its limit.
 *
 * Source: TCG TPM 2.0 Library, Part 2 "Structures" (revision 01.59), sections "TPM2B Types",
 * "TPM_ALG_ID", "TPMT_SIG_SCHEME" and "TPMT_RSA_SCHEME".
 */
#ifndef MEASURE_TPMREAD_H
#define MEASURE_TPMREAD_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

struct tpmread {
	struct span rest;
	size_t size, field; /* bytes: of all, and before the field that was read last */
	int error;	    /* 0 so far, or a negative errno */
	struct diag *diag;  /* may be NULL */
};

/* How a key signs. A key may leave it open (NULL); a signature never does. */
enum tpm_scheme_alg {
	TPM_SCHEME_NULL,
	TPM_SCHEME_RSASSA, /* PKCS #1 v1.5 */
	TPM_SCHEME_RSAPSS,
	TPM_SCHEME_ECDSA,
};

struct tpm_scheme {
	enum tpm_scheme_alg alg;
	enum hash_alg hash; /* sha256, sha384 or sha512; without meaning for TPM_SCHEME_NULL */
};

void tpmread_init(struct tpmread *r, struct span bytes, struct diag *diag);

/* Ends the reading with this error, at the field that was read last. what is a static string. */
int tpmread_refuse(struct tpmread *r, int error, const char *what);

int tpmread_u8(struct tpmread *r, uint8_t *ret);
int tpmread_u16(struct tpmread *r, uint16_t *ret);
int tpmread_u32(struct tpmread *r, uint32_t *ret);
int tpmread_u64(struct tpmread *r, uint64_t *ret);

/* len bytes as they are. */
int tpmread_bytes(struct tpmread *r, size_t len, struct span *ret);

/* A TPM2B: 16 bits of length, then that many bytes, 0 to max. */
int tpmread_2b(struct tpmread *r, size_t max, struct span *ret);

/* A TPMI_ALG_HASH; -ENOTSUP if hash.h does not know it. */
int tpmread_hash(struct tpmread *r, enum hash_alg *ret_alg);

/*
 * A scheme and, unless it is TPM_ALG_NULL, its hash. SHA-1 is -ENOTSUP: it is too weak to sign
 * with.
 */
int tpmread_scheme(struct tpmread *r, struct tpm_scheme *ret_scheme);

/* -EBADMSG if anything is left. */
int tpmread_end(struct tpmread *r);

#endif
