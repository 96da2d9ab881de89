/* SPDX-License-Identifier: MIT */
/*
 * A credential as a client posts it, in the form of tpm2_makecredential's file (tpm2-tools,
 * lib/files.c), integers big-endian:
 *
 *	0xbadcc0de, 1          32 bits each
 *	TPM2B_ID_OBJECT        of TPM2B_DIGEST, the HMAC, and of the encrypted secret, a
 *	                       TPM2B_DIGEST of at most as many bytes as a digest
 *	TPM2B_ENCRYPTED_SECRET of RSA: as many bytes as the modulus; of ECC: TPMS_ECC_POINT
 *
 * for an EK whose nameAlg is SHA-256, of RSA 2048 or ECC P-256 (templates L-1, L-2, H-1, H-2), or
 * SHA-384, of RSA 3072 or 4096 or ECC P-384 (H-6, H-7, H-3).
 *
 * Source: TCG TPM 2.0 Library, Part 1 "Architecture" (revision 01.59), section "Credential
 * Protection"; Part 2 "Structures", sections "TPM2B_ID_OBJECT" and "TPM2B_ENCRYPTED_SECRET".
 */
#ifndef QUOTER_CREDENTIAL_H
#define QUOTER_CREDENTIAL_H

#include <tss2/tss2_tpm2_types.h>

#include "initramfs/quoter/keys.h"
#include "measure/lib/span.h"

struct credential {
	size_t rsa_len;	 /* bytes of the EK's modulus; 0: it is one of ECC */
	size_t hash_len; /* bytes of a digest of the EK's nameAlg: 32 or 48 */
	TPM2B_ID_OBJECT object;
	TPM2B_ENCRYPTED_SECRET secret;
};

/* Reads one. -EBADMSG for anything else; ret_credential is untouched then. */
int credential_parse(struct span bytes, struct credential *ret_credential);

/* Whether it can be for an EK of this kind. */
bool credential_fits(const struct credential *credential, enum ek_kind kind);

#endif
