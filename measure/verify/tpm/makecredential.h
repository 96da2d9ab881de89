/* SPDX-License-Identifier: MIT */
/*
 * TPM2_MakeCredential in software: wraps a secret so that only the TPM that holds both a key of
 * this Name and this EK gives it out (TPM2_ActivateCredential).
 *
 *	seed       RSA: random bytes, as many as a digest, encrypted with OAEP, label "IDENTITY"
 *	           and NUL
 *	           ECC: KDFe(Z, "IDENTITY", x of the ephemeral key, x of the EK), Z the x of
 *	           their product
 *	identity   AES-CFB of the secret as TPM2B_DIGEST, IV zero, key KDFa(seed, "STORAGE", Name)
 *	integrity  HMAC of identity and Name, key KDFa(seed, "INTEGRITY")
 *
 * with SHA-256 and AES-128 for an EK of RSA 2048 or ECC P-256 (templates L-1, H-1, L-2, H-2), with
 * SHA-384 and AES-256 for one of RSA 3072 or 4096 or ECC P-384 (H-6, H-7, H-3).
 *
 * Sources: TCG TPM 2.0 Library, Part 1 "Architecture" (revision 01.59), sections "Credential
 * Protection", "KDFa()", "KDFe()", annexes "RSA" ("Secret Sharing") and "ECC" ("Secret Sharing");
 * TCG EK Credential Profile (version 2.5), annex B, "Default EK Templates"; the file is that of
 * tpm2_makecredential (tpm2-tools, lib/files.c).
 */
#ifndef MEASURE_VERIFY_TPM_MAKECREDENTIAL_H
#define MEASURE_VERIFY_TPM_MAKECREDENTIAL_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/tpmkey.h"

#define MAKECREDENTIAL_SECRET_LEN 32  /* bytes: no more than a digest of any EK's nameAlg */
#define MAKECREDENTIAL_MAX	  640 /* bytes of a file; of RSA 4096 it has 608 */

/* Whether the key can be an EK of one of these templates. */
bool makecredential_can(EVP_PKEY *ek);

/*
 * Writes the file to ret_bytes and its length to ret_len. -ENOTSUP an EK of another kind; -ENOMEM
 * libcrypto failed, ret_bytes is spoilt.
 */
int makecredential(EVP_PKEY *ek, const struct tpmkey_name *ak,
		   const uint8_t secret[static MAKECREDENTIAL_SECRET_LEN],
		   uint8_t ret_bytes[static MAKECREDENTIAL_MAX], size_t *ret_len);

#endif
