/* SPDX-License-Identifier: MIT */
/*
 * Whether a quote proves what it claims. Each question is a function of its own over what quote.h
 * and tpmkey.h have read, and each failure has a reason of its own. A quote counts only if all of
 * these hold:
 *
 *	quote_check_key()          the key signs only what its TPM made, and never left it
 *	quote_check_name()         it is the key that was certified (where that is known by Name)
 *	quote_check_signature()    it signed these bytes (quote_signature.h)
 *	quote_check_header()       a TPM made them, as a quote
 *	quote_check_binding()      for this nonce, TLS key and connection; or quote_check_extra()
 *	quote_check_selection()    over PCR 0 to 15 of each bank asked for, nothing more or less
 *	quote_check_digest()       with these values
 *	quote_check_measured()     into which the firmware measured at all
 *
 * None follows from another, and they can be asked in any order: a function relies on nothing that
 * another one has checked. What a quote says of itself never decides what it is compared with:
 * banks and PCRs come from the caller, the hash of the digest from the key.
 *
 * Pure and thread-safe: no allocation, no I/O. Comparisons are not constant-time; all inputs are
 * public. bank[] is which banks must be in the quote, by enum hash_alg; with none, nothing holds.
 *
 * Sources: TCG TPM 2.0 Library (revision 01.59), Part 1 "Architecture", section "Names", and
 * "Attestation"; Part 2 "Structures", section "TPMA_OBJECT (Object Attributes)"; Part 3 "Commands",
 * section "TPM2_Quote": the digest is made with the hash of the signing scheme, over the values in
 * the order of the selection, PCRs of a bank ascending. TCG PC Client Platform Firmware Profile,
 * section "PCR Usage": firmware ends its measurements in each of PCR 0 to 7 with a separator.
 */
#ifndef MEASURE_QUOTE_CHECK_H
#define MEASURE_QUOTE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/binding.h"
#include "measure/lib/hash.h"
#include "measure/lib/merkle.h"
#include "measure/lib/pcrs.h"
#include "measure/lib/quote.h"
#include "measure/lib/span.h"
#include "measure/lib/tpmkey.h"

#define QUOTE_PCRS 0xffffu /* PCR 0 to 15, the ones that every quote must be over */

/* What is wrong, or that nothing is. */
enum quote_reason {
	QUOTE_HOLDS,
	QUOTE_UNSURE, /* out of memory: it cannot be told */

	/* quote_check_key() */
	QUOTE_KEY_NAME_ALG,
	QUOTE_KEY_UNRESTRICTED,
	QUOTE_KEY_NOT_SIGNING,
	QUOTE_KEY_DECRYPTS,
	QUOTE_KEY_NOT_FIXED_TPM,
	QUOTE_KEY_NOT_FIXED_PARENT,
	QUOTE_KEY_IMPORTED,
	QUOTE_KEY_NO_SCHEME, /* also of a signature or a digest by such a key */
	QUOTE_KEY_NAME,	     /* quote_check_name() */
	QUOTE_KEY_INVALID,   /* quote_check_signature() */

	/* quote_check_signature() */
	QUOTE_SIGNATURE_SCHEME,
	QUOTE_SIGNATURE,

	/* quote_check_header() */
	QUOTE_MAGIC,
	QUOTE_TYPE,

	/* quote_check_binding(); the last one also quote_check_extra() */
	QUOTE_PATH_SIZE,
	QUOTE_PATH_INDEX,
	QUOTE_PATH_LEN,
	QUOTE_EXTRA,

	/* quote_check_selection() */
	QUOTE_BANK_MISSING,
	QUOTE_BANK_UNASKED,
	QUOTE_BANK_ORDER,
	QUOTE_PCR_MISSING,
	QUOTE_PCR_UNASKED,

	/* quote_check_digest(); the first one also quote_check_measured() */
	QUOTE_VALUES_MISSING,
	QUOTE_DIGEST_LEN,
	QUOTE_DIGEST,

	/* quote_check_measured() */
	QUOTE_PCR_ZEROS,
	QUOTE_PCR_ONES,

	_QUOTE_REASON_MAX
};

/* One line for people: what is wrong and in which part, without a full stop. Static. */
const char *quote_reason_text(enum quote_reason reason);

/*
 * The key's attributes: nameAlg sha256; restricted, sign, fixedTPM, fixedParent and
 * sensitiveDataOrigin set; decrypt clear; a scheme of its own. An unrestricted key signs anything
 * that its user makes up; without any other of these the key may exist, or have existed, outside
 * the TPM. The first that fails, in this order.
 */
enum quote_reason quote_check_key(const struct tpmkey *key);

/* That the key's Name is name, as a TPM2B_NAME without its size: nameAlg || H(TPMT_PUBLIC). */
enum quote_reason quote_check_name(const struct tpmkey *key, struct span name);

/* Magic, then type. (TPMs sign with restricted keys nothing else that begins with the magic.) */
enum quote_reason quote_check_header(const struct quote *quote);

/* That extraData is these 32 bytes and no more. */
enum quote_reason quote_check_extra(const struct quote *quote,
				    const uint8_t want[static BINDING_LEN]);

/*
 * That extraData binds leaf, which the verifier computes itself with binding_leaf(): climbs path to
 * a root and compares binding_extra() of it. The path is not trusted; merkle.h says what it must
 * look like.
 */
enum quote_reason quote_check_binding(const struct quote *quote, const struct binding_leaf *leaf,
				      const struct merkle_path *path);

/*
 * That the quote is over exactly PCR 0 to 15 of exactly these banks, each once, in ascending order
 * of TPM_ALG_ID (which is that of enum hash_alg): one quote of a machine's state has one form. The
 * _of form asks for other PCRs (bit i: PCR i, up to 23): for logs and tests, never to accept a
 * machine.
 */
enum quote_reason quote_check_selection(const struct quote *quote,
					const bool bank[static _HASH_MAX]);
enum quote_reason quote_check_selection_of(const struct quote *quote,
					   const bool bank[static _HASH_MAX], uint32_t pcrs);

/*
 * That pcrDigest is the digest over these values, those of PCR 0 to 15 of these banks (or of other
 * PCRs, as above), with the hash of scheme: the key's, which quote_check_signature() has found to
 * be the signature's. The selection in the quote is not looked at. QUOTE_VALUES_MISSING if values
 * has not all these banks, or there are none.
 */
enum quote_reason quote_check_digest(const struct quote *quote, const struct tpm_scheme *scheme,
				     const bool bank[static _HASH_MAX], const struct pcrs *values);
enum quote_reason quote_check_digest_of(const struct quote *quote, const struct tpm_scheme *scheme,
					const bool bank[static _HASH_MAX], uint32_t pcrs,
					const struct pcrs *values);

/* Which PCR of which bank. */
struct quote_where {
	enum hash_alg bank;
	unsigned pcr;
};

/*
 * That none of PCR 0 to 7 of these banks is as a reset left it: all zeros (in PCR 0 also with the
 * startup locality 3 or 4 in the last byte), or all ones. A bank that is active but was not
 * extended by the firmware could be filled later with anything. ret_where (may be NULL) is the
 * first such PCR, set if the reason is QUOTE_PCR_ZEROS or QUOTE_PCR_ONES, otherwise untouched.
 */
enum quote_reason quote_check_measured(const bool bank[static _HASH_MAX], const struct pcrs *values,
				       struct quote_where *ret_where);

#endif
