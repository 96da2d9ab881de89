/* SPDX-License-Identifier: MIT */
/*
 * The attestation key (AK): the first of these that there is.
 *
 *	Azure   a key at the persistent handle 0x81000003, its certificate in NV 0x01C101D0
 *	Google  the template of a primary key in NV 0x01C10003 (ECC) or 0x01C10001 (RSA), its
 *	        certificate in NV 0x01C10002 or 0x01C10000
 *	own     a primary key on P-256 for ECDSA with SHA-256, without a certificate
 *
 * All are in the endorsement hierarchy or made by the cloud for it, so they are the same at each
 * boot. What is found must be restricted to signing what its TPM made (quote_check_key()): anybody
 * who ran on the machine before may have put another key there, and that one is passed over.
 *
 * Sources: Microsoft, "Design of guest attestation for confidential VMs" (the handle and the index,
 * which holds 4096 bytes, padded); google/go-tpm-tools, client/handles.go.
 */
#ifndef QUOTER_AK_H
#define QUOTER_AK_H

#include "initramfs/quoter/object.h"

struct ak {
	TPM2_HANDLE handle;
	uint8_t public[sizeof(TPMT_PUBLIC)]; /* TPMT_PUBLIC as the TPM writes it */
	size_t public_len;
	TPMI_RH_NV_INDEX certificate; /* where it is; 0: there is none */
};

/*
 * Finds or makes the AK. An error, with the reason noted, if the TPM fails or makes no key that may
 * be one; ret_ak is untouched then.
 */
int ak_find(struct tpm *tpm, struct ak *ret_ak);

#endif
