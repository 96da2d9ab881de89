/* SPDX-License-Identifier: MIT */
/*
 * Keys in the TPM. Functions return 0, or negative errno with the reason noted (reason.h) unless
 * they say otherwise; the quoter then ends.
 *
 * Sources: TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), sections "TPM2_CreatePrimary",
 * "TPM2_ReadPublic", "TPM2_ContextSave", "TPM2_ContextLoad", "TPM2_FlushContext".
 */
#ifndef QUOTER_OBJECT_H
#define QUOTER_OBJECT_H

#include "initramfs/common/tpm.h"

/*
 * Makes a primary key of the endorsement hierarchy, whose password must be empty: the same one from
 * the same template, until somebody clears the TPM. The caller flushes it. -EREMOTEIO, with no
 * reason noted: the TPM makes no key of this template.
 */
int object_create_primary(struct tpm *tpm, const TPMT_PUBLIC *template, TPM2_HANDLE *ret_handle,
			  TPMT_PUBLIC *ret_public);

/* The public area of a key. -ENOENT, with no reason noted: the TPM shows none at that handle. */
int object_read(struct tpm *tpm, TPM2_HANDLE handle, TPMT_PUBLIC *ret_public);

/*
 * The key as only this TPM can read it, and only until its next reset; its place stays taken.
 * -EREMOTEIO, with no reason noted: the TPM saves none.
 */
int object_save(struct tpm *tpm, TPM2_HANDLE handle, TPMS_CONTEXT *ret_context);

/* Gives a saved key a place again. The caller flushes it; the context stays good. */
int object_load(struct tpm *tpm, const TPMS_CONTEXT *context, TPM2_HANDLE *ret_handle);

/* Frees the place of a key that was made or loaded, or of a session. */
int object_flush(struct tpm *tpm, TPM2_HANDLE handle);

#endif
