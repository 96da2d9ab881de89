/* SPDX-License-Identifier: MIT */
/*
 * The public area of an attestation key (AK), as a TPM gives it out: TPMT_PUBLIC.
 *
 *	type           RSA or ECC
 *	nameAlg        hash of the Name
 *	attributes     TPMA_OBJECT
 *	authPolicy     TPM2B_DIGEST
 *	symmetric      TPM_ALG_NULL: another one is a storage key's
 *	scheme         TPMT_RSA_SCHEME or TPMT_ECC_SCHEME
 *	keyBits, exponent, n           of RSA: 2048, 3072 or 4096; 65537, or 0 for it
 *	curveID, kdf, x, y             of ECC: P-256 or P-384; TPM_ALG_NULL
 *
 * The bytes are not trusted, and reading them says nothing about who owns the key:
 * quote_check_key() decides whether it signs only what its TPM made, and its certificate or a
 * credential activation decides whose it is.
 *
 * Sources: TCG TPM 2.0 Library, Part 2 "Structures" (revision 01.59), sections "TPMT_PUBLIC",
 * "TPMA_OBJECT (Object Attributes)", "TPMS_RSA_PARMS", "TPMS_ECC_PARMS", "TPMS_ECC_POINT"; Part 1
 * "Architecture", section "Names".
 */
#ifndef MEASURE_TPMKEY_H
#define MEASURE_TPMKEY_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/lib/tpmread.h"

#define TPMKEY_NAME_MAX	 (2 + HASH_LEN_MAX)
#define TPMKEY_COORD_MAX 48 /* bytes of a coordinate, P-384 */

/* Bits of the attributes. */
#define TPMKEY_FIXED_TPM	     (1u << 1)	/* never leaves its TPM */
#define TPMKEY_FIXED_PARENT	     (1u << 4)	/* never gets another parent */
#define TPMKEY_SENSITIVE_DATA_ORIGIN (1u << 5)	/* the TPM made the private part itself */
#define TPMKEY_RESTRICTED	     (1u << 16) /* signs nothing that only looks TPM-made */
#define TPMKEY_DECRYPT		     (1u << 17)
#define TPMKEY_SIGN		     (1u << 18)

enum tpmkey_type { TPMKEY_RSA, TPMKEY_P256, TPMKEY_P384 };

/* A public area that was read. The spans point into the caller's bytes. */
struct tpmkey {
	enum tpmkey_type type;
	enum hash_alg name_alg;
	uint32_t attributes;
	struct tpm_scheme scheme;
	struct span n;	   /* RSA: the modulus, of exactly the key's size; the exponent is 65537 */
	struct span x, y;  /* ECC: 1 to tpmkey_coord_len() bytes; not proven to be on the curve */
	struct span bytes; /* the whole TPMT_PUBLIC, which the Name is the hash of */
};

/* nameAlg || H(TPMT_PUBLIC): what TPMs and credential activation know a key by. */
struct tpmkey_name {
	uint8_t bytes[TPMKEY_NAME_MAX];
	size_t len;
};

/*
 * Reads a TPMT_PUBLIC. Errors as in tpmread.h: among them another type, size or curve of key, a
 * scheme of the other type, reserved attributes, a policy that is no digest of nameAlg, an even
 * modulus, and bytes after it. ret_key is untouched then; diag may be NULL.
 */
int tpmkey_parse(struct span bytes, struct tpmkey *ret_key, struct diag *diag);

/* Bytes of a coordinate of an ECC key's curve; 0 for RSA. */
size_t tpmkey_coord_len(enum tpmkey_type type);

/* The Name of a key that was read. Cannot fail. */
void tpmkey_name(const struct tpmkey *key, struct tpmkey_name *ret_name);

#endif
