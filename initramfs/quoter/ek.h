/* SPDX-License-Identifier: MIT */
/*
 * The endorsement key (EK): the TPM's own, which its maker certifies, and which opens credentials.
 * It is where TPMs keep it, or made anew from its template, which gives the same key; but an RSA
 * key takes a TPM seconds, so the one that was used last stays.
 *
 * Sources: TCG EK Credential Profile for TPM Family 2.0 (version 2.5), annex B, "EK Templates", L-1
 * and L-2; TCG TPM v2.0 Provisioning Guidance, section "Reserved Handles"; tpm2-tools and swtpm for
 * the handles of ECC keys.
 */
#ifndef QUOTER_EK_H
#define QUOTER_EK_H

#include "object.h"

enum ek_kind { EK_RSA_2048, EK_P256 };

/* The EK at hand; zero-initialised: none. */
struct ek {
	TPM2_HANDLE handle; /* 0: none */
	enum ek_kind kind;
	bool made; /* it takes one of the TPM's few places, and must be flushed */
};

/*
 * Puts the EK of this kind at hand, if it is not. -EREMOTEIO, with no reason noted: the TPM makes
 * none of it. Other errors: the TPM failed, and the reason is noted.
 */
int ek_open(struct tpm *tpm, struct ek *ek, enum ek_kind kind);

#endif
