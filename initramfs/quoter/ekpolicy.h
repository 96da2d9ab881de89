/* SPDX-License-Identifier: MIT */
/*
 * The policies of EKs. Those of the low range want the password of the endorsement hierarchy
 * (PolicyA); those of the high range that, or what an NV index of the platform's owner allows
 * (PolicyC): PolicyB is either. Fulfilled is always PolicyA.
 *
 * Source: TCG EK Credential Profile for TPM Family 2.0 (version 2.5), annex B, "EK Templates",
 * "Policy NV Indices" and the tables of policies; TCG TPM 2.0 Library, Part 3 "Commands" (revision
 * 01.59), sections "TPM2_PolicySecret" and "TPM2_PolicyOR".
 */
#ifndef QUOTER_EKPOLICY_H
#define QUOTER_EKPOLICY_H

#include "initramfs/common/tpm.h"

/* The authPolicy of a template: PolicyA, or of the high range PolicyB, with SHA-256 or SHA-384. */
void ekpolicy_fill(TPMI_ALG_HASH hash, bool high, TPM2B_DIGEST *ret_policy);

/* Which of them a template has; -ENOENT: neither, or it is none of a key that opens credentials. */
int ekpolicy_of(const TPMT_PUBLIC *template, bool *ret_high);

/* Fulfils it in a policy session of that hash. An error, with the reason noted: the TPM failed. */
int ekpolicy_satisfy(struct tpm *tpm, TPMI_ALG_HASH hash, bool high, TPMI_SH_POLICY session);

#endif
