/* SPDX-License-Identifier: MIT */
/*
 * The quoter's parts. It is the only process with the TPM, and all it does with it is here: an
 * attestation key (AK), quotes by it, and opening credentials that were made for it.
 *
 * Functions return 0, or negative errno with the reason noted (reason.h); the quoter then ends.
 *
 * Sources: TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), sections "TPM2_CreatePrimary",
 * "TPM2_Quote", "TPM2_ActivateCredential", "TPM2_NV_Read"; TCG EK Credential Profile for TPM Family
 * 2.0 (version 2.5), annex B "EK Templates", and section 2.2.1.4 "NV Indices".
 */
#ifndef QUOTER_QUOTER_H
#define QUOTER_QUOTER_H

#include "hash.h"
#include "quoting.h"
#include "text.h"
#include "tpm.h"

/* ---- keys ---- */

struct ak {
	TPM2_HANDLE handle;
	TPMT_PUBLIC public;
	TPMI_RH_NV_INDEX cert_index; /* where its certificate is; 0: it has none */
};

/*
 * The AK that a cloud has provisioned, or else one that is made anew at each boot from the TPM's
 * endorsement seed, and so is always the same. Whichever it is, it is restricted to signing what
 * the TPM made (quote_check.h); one that is not is no AK.
 */
int ak_find(struct tpm *tpm, struct ak *ret_ak);

/* The public area as the TPM marshals it. size must be TEXT_BYTES_MAX. */
int ak_marshal(const struct ak *ak, uint8_t *ret_bytes, size_t *ret_len);

/* A primary key of the endorsement hierarchy; the caller flushes it. -EREMOTEIO: the TPM refuses.
 */
int primary_create(struct tpm *tpm, const TPMT_PUBLIC *template, TPM2_HANDLE *ret_handle,
		   TPMT_PUBLIC *ret_public);

/* -ENOENT if there is no such object; then no reason is noted. */
int object_read(struct tpm *tpm, TPM2_HANDLE handle, TPMT_PUBLIC *ret_public);

int object_flush(struct tpm *tpm, TPM2_HANDLE handle);

/* The auth of a handle whose password is empty. */
extern const TPMS_AUTH_COMMAND empty_password;

/* ---- NV memory ---- */

#define NV_BYTES_MAX 4096

/*
 * What an NV index holds. -ENOENT, with no reason noted: there is no such index, it has not been
 * written, it may not be read by everybody, or it holds more than NV_BYTES_MAX.
 */
int nv_read(struct tpm *tpm, TPMI_RH_NV_INDEX index, uint8_t ret_bytes[static NV_BYTES_MAX],
	    size_t *ret_len);

/* The same for a certificate: cut to its own length, since an index may be larger. */
int nv_read_certificate(struct tpm *tpm, TPMI_RH_NV_INDEX index,
			uint8_t ret_der[static NV_BYTES_MAX], size_t *ret_len);

/* ---- what it says (quoting.h) ---- */

/* The members of the evidence that stay. */
int hello_text(struct tpm *tpm, const struct ak *ak, struct text *text);

/* What a TPM must not forget between two quotes. */
struct quote_clock {
	bool known;
	uint32_t reset_count, restart_count;
};

/* The members for a quote of root. A TPM that was reset since the first quote is an error. */
int quote_text(struct tpm *tpm, const struct ak *ak, const uint8_t root[static 32],
	       struct quote_clock *clock, struct text *text);

/* ---- credentials ---- */

/*
 * Opens a credential in the form of tpm2_makecredential's file: the big-endian words 0xbadcc0de and
 * 1, TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET. ret_why: NULL, and the secret is there; or one line
 * why this credential cannot be opened, which is no failure of the TPM.
 */
int activate(struct tpm *tpm, const struct ak *ak, const uint8_t *bytes, size_t len,
	     TPM2B_DIGEST *ret_secret, const char **ret_why);

/* Answers the gateway until its end is closed (0) or something fails. */
int serve(struct tpm *tpm, const struct ak *ak, int gateway);

#endif
