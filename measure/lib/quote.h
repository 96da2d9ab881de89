/* SPDX-License-Identifier: MIT */
/*
 * A TPM's quote and its signature, as TPM2_Quote() hands them out.
 *
 * TPMS_ATTEST, whose bytes are what is signed:
 *
 *	magic               TPM_GENERATED_VALUE: a TPM made these bytes itself
 *	type                TPM_ST_ATTEST_QUOTE
 *	qualifiedSigner     TPM2B_NAME of the key and of all above it
 *	extraData           TPM2B_DATA that the caller gave
 *	clockInfo           clock (ms), resetCount, restartCount, safe
 *	firmwareVersion     of the TPM
 *	pcrSelect           TPML_PCR_SELECTION: which PCRs of which banks
 *	pcrDigest           TPM2B_DIGEST over their values
 *
 * TPMT_SIGNATURE: RSASSA or RSAPSS with a number of 2048, 3072 or 4096 bits, or ECDSA with r and s
 * of up to 384 bits; over SHA-256, SHA-384 or SHA-512.
 *
 * The bytes are not trusted. They are read once, here, in full, and every later decision uses what
 * was read: CVE-2024-29039 came of a tool that printed PCR numbers of the caller's choice beside a
 * good signature. A quote that was read proves nothing yet; see quote_check.h.
 *
 * Sources: TCG TPM 2.0 Library, Part 2 "Structures" (revision 01.59), sections "TPMS_ATTEST",
 * "TPM_GENERATED", "TPM_ST (Structure Tags)", "TPMS_CLOCK_INFO", "TPMS_QUOTE_INFO",
 * "TPML_PCR_SELECTION", "TPMS_PCR_SELECTION", "TPMT_SIGNATURE".
 */
#ifndef MEASURE_QUOTE_H
#define MEASURE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/lib/tpmread.h"

#define QUOTE_MAGIC_VALUE 0xff544347 /* TPM_GENERATED_VALUE */
#define QUOTE_TYPE_VALUE  0x8018     /* TPM_ST_ATTEST_QUOTE */

/* Spans point into the caller's bytes. */
struct quote {
	struct span bytes; /* the whole TPMS_ATTEST */
	uint32_t magic;	   /* as read, not yet compared: quote_check_header() */
	uint16_t type;
	/* The rest is all zero when type is not TPM_ST_ATTEST_QUOTE. */
	struct span signer, extra, pcr_digest;
	uint64_t clock_ms, firmware_version;
	uint32_t reset_count, restart_count;
	bool safe; /* the clock has not gone back */
	size_t n_banks;
	struct {
		enum hash_alg alg;
		uint32_t pcrs; /* bit i: PCR i */
	} bank[_HASH_MAX];     /* in the order of the quote; no algorithm twice */
};

struct quote_signature {
	struct tpm_scheme scheme; /* never TPM_SCHEME_NULL */
	struct span rsa;	  /* of RSASSA and RSAPSS: 256, 384 or 512 bytes */
	struct span r, s;	  /* of ECDSA: 1 to 48 bytes each, big-endian */
};

/*
 * Reads a TPMS_ATTEST. Magic and type may have any value, since a wrong one has a check and a reason
 * of its own; of a type other than a quote nothing more is read. Errors as in tpmread.h: among them
 * a signer that is not the Name of a key, a yes-or-no that is neither, no bank, an unknown one or
 * the same twice, a bitmap of other than 24 PCRs, a digest of no hash's length, and bytes after the
 * structure. ret_quote is untouched then; diag may be NULL.
 */
int quote_parse(struct span bytes, struct quote *ret_quote, struct diag *diag);

/*
 * Reads a TPMT_SIGNATURE. Errors as in tpmread.h: among them -ENOTSUP for another scheme (also for
 * TPM_ALG_NULL) and for SHA-1. ret_signature is untouched then; diag may be NULL.
 */
int quote_parse_signature(struct span bytes, struct quote_signature *ret_signature,
			  struct diag *diag);

#endif
