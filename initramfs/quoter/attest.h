/* SPDX-License-Identifier: MIT */
/*
 * What the TPM says of the machine, as members of the evidence (MEASUREMENTS.md, "Evidence"): those
 * that stay the same, "schema", "ak", "ek" and "pcrs"; and of each quote by the AK over PCR 0-15 of
 * every active bank, "quote" and "signature". Of a NitroTPM (nitro.h): "schema" and the "pcrs" of
 * sha384, and of each document, "document".
 *
 * The EK's certificates are those at the indices of the TCG EK Credential Profile for TPM
 * Family 2.0 (version 2.5), section "NV Indices", in ascending order of the kinds of keys.h; then
 * those of CAs above them that the TPM keeps ("EK Certificate Chain": the bytes at 0x01c00100 and
 * the indices that follow, one behind the other). A verifier takes the one that it can use. There
 * are at most 8, which is what it reads.
 *
 * Source: TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), section "TPM2_Quote".
 */
#ifndef QUOTER_ATTEST_H
#define QUOTER_ATTEST_H

#include <stdbool.h>
#include <stddef.h>

#include "initramfs/common/quoting.h"
#include "initramfs/quoter/keys.h"
#include "initramfs/quoter/nitro.h"
#include "measure/lib/merkle.h"

/* A bounded text in the making: what a message to the gateway says. */
struct text {
	char buf[QUOTING_MAX - 1]; /* not closed by a NUL; a message has another byte before it */
	size_t len;
	bool full; /* something did not fit, and nothing is added any more */
};

void text_clear(struct text *text);
void text_put(struct text *text, const char *string);

/* Adds the members that stay the same. An error, with the reason noted: the TPM fails, or they do
 * not fit. */
int attest_hello(struct tpm *tpm, const struct ak *ak, struct text *text);
int attest_hello_document(struct tpm *tpm, struct text *text);

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
int attest_quote(struct tpm *tpm, const struct ak *ak, const struct merkle_hash *root,
		 struct attest_clock *clock, struct text *text);

/* The same for a document whose nonce is binding_extra() of root; a verifier reads and checks it. */
int attest_document(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
		    const struct merkle_hash *root, struct attest_clock *clock, struct text *text);

#endif
