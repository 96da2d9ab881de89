/* SPDX-License-Identifier: MIT */
/*
 * Opens credentials: that is how a TPM proves that the AK is in it, and that it is the TPM of an
 * EK.
 *
 * Sources: TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), sections
 * "TPM2_ActivateCredential", "TPM2_StartAuthSession" and "TPM2_PolicySecret".
 */
#ifndef QUOTER_ACTIVATE_H
#define QUOTER_ACTIVATE_H

#include "initramfs/quoter/keys.h"
#include "measure/lib/span.h"

/*
 * Opens the credential in bytes (credential.h). ret_why: NULL, and ret_secret has 1 to
 * QUOTING_SECRET_MAX bytes; or a line, in ek or static, that says why this credential is not
 * opened, which is no failure. An error, with the reason noted: the TPM failed.
 */
int activate(struct tpm *tpm, const struct ak *ak, struct ek ek[static _EK_KINDS],
	     struct span bytes, TPM2B_DIGEST *ret_secret, const char **ret_why);

#endif
