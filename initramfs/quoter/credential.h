/* SPDX-License-Identifier: MIT */
/*
 * A credential as a client posts it, in the form of tpm2_makecredential's file (tpm2-tools,
 * lib/files.c), integers big-endian:
 *
 *	0xbadcc0de, 1          32 bits each
 *	TPM2B_ID_OBJECT        of TPM2B_DIGEST, the HMAC (32 bytes), and of the encrypted secret, a
 *	                       TPM2B_DIGEST of at most 32 bytes
 *	TPM2B_ENCRYPTED_SECRET of RSA: 256 bytes; of ECC: TPMS_ECC_POINT
 *
 * for an EK of template L-1 (RSA 2048) or L-2 (ECC P-256), whose nameAlg, SHA-256, limits it.
 *
 * Source: TCG TPM 2.0 Library, Part 1 "Architecture" (revision 01.59), section "Credential
 * Protection"; Part 2 "Structures", sections "TPM2B_ID_OBJECT" and "TPM2B_ENCRYPTED_SECRET".
 */
#ifndef QUOTER_CREDENTIAL_H
#define QUOTER_CREDENTIAL_H

#include <tss2/tss2_tpm2_types.h>

#include "ek.h"
#include "span.h"

struct credential {
	enum ek_kind ek; /* whose it is, as the length of the encrypted secret says */
	TPM2B_ID_OBJECT object;
	TPM2B_ENCRYPTED_SECRET secret;
};

/* Reads one. -EBADMSG for anything else; ret_credential is untouched then. */
int credential_parse(struct span bytes, struct credential *ret_credential);

#endif
