/* SPDX-License-Identifier: MIT */
/*
 * Quotes by the AK over PCR 0-15 of every active bank, as members of the evidence: "quote" and
 * "signature" (MEASUREMENTS.md, "Evidence").
 *
 * Source: TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), section "TPM2_Quote".
 */
#ifndef QUOTER_ATTEST_H
#define QUOTER_ATTEST_H

#include "initramfs/quoter/ak.h"
#include "initramfs/quoter/text.h"
#include "measure/lib/merkle.h"

/* How often the TPM had been reset or resumed; zero-initialised: nothing is known yet. */
struct attest_clock {
	bool known;
	uint32_t reset_count, restart_count;
};

/*
 * Adds the members for a quote whose extraData is binding_extra() of root. What the TPM gives is
 * read and checked first (quote_check.h, all but the signature). An error, with the reason noted:
 * the TPM fails, was reset since the quote before, which clock remembers, or the text is full.
 */
int attest_text(struct tpm *tpm, const struct ak *ak, const struct merkle_hash *root,
		struct attest_clock *clock, struct text *text);

#endif
