/* SPDX-License-Identifier: MIT */
/*
 * Signatures of PE images, as firmware checks them for Secure Boot: PKCS #7 over the image's
 * Authenticode hash, in the certificate table at the end of the file.
 *
 * Sources: Microsoft "Windows Authenticode Portable Executable Signature Format", sections "Overview"
 * and "Authenticode-Specific Structures" (SpcIndirectDataContent); UEFI Specification 2.10, section
 * 32.5.1 "Signature Database" and 32.2.4 "WIN_CERTIFICATE"; what of it EDK2's
 * DxeImageVerificationLib accepts.
 */
#ifndef MEASURE_PREDICT_AUTHENTICODE_H
#define MEASURE_PREDICT_AUTHENTICODE_H

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/predict/pe.h"

/* What is signed: the SHA-256 over the pieces of pe_authenticode(). Errors as that function. */
int authenticode_hash(const struct pe *pe, struct digest *ret_digest);

#define AUTHENTICODE_SIGNATURES_MAX 16 /* tools append one at a time */

/*
 * Signature n of the image, from 0 on; without bytes if it is of another kind. -ENOENT, -EBADMSG, also
 * for the one after the last that may be.
 */
int authenticode_signature(const struct pe *pe, size_t n, struct span *ret_der);

/*
 * Whether this signature is over an image with this hash, and by this certificate (DER) or by one below it that
 * the signature brings along. Certificates have no end here, as firmware has no clock to believe.
 * A signature over another hash than SHA-256 does not count. 0; -ENOENT: it is not; -EBADMSG: one of
 * them is malformed; -ENOMEM.
 */
int authenticode_signed_by(const struct digest *hash, struct span signature,
			   struct span certificate);

#endif
