/* SPDX-License-Identifier: MIT */
/*
 * The members of the evidence that stay the same: "ak", "ek", "pcrs" (MEASUREMENTS.md, "Evidence").
 *
 * The EK's certificates are those at the indices of the TCG EK Credential Profile for TPM
 * Family 2.0 (version 2.5), section "NV Indices", in ascending order of the kinds of ek.h; then
 * those of CAs above them that the TPM keeps ("EK Certificate Chain": the bytes at 0x01c00100 and
 * the indices that follow, one behind the other). A verifier takes the one that it can use. There
 * are at most 8, which is what it reads.
 */
#ifndef QUOTER_HELLO_H
#define QUOTER_HELLO_H

#include "initramfs/quoter/ak.h"
#include "initramfs/quoter/text.h"

/* Adds them to text. An error, with the reason noted: the TPM fails, or they do not fit. */
int hello_text(struct tpm *tpm, const struct ak *ak, struct text *text);

#endif
