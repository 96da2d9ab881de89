/* SPDX-License-Identifier: MIT */
/*
 * The TPM's NV memory, as far as everybody may read it: with the index's own password or the
 * owner's, if that is empty.
 *
 * Sources: TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), sections "TPM2_NV_ReadPublic"
 * and "TPM2_NV_Read"; Part 2 "Structures", sections "TPMS_NV_PUBLIC" and "TPM_PT (Property Tags)".
 */
#ifndef QUOTER_NV_H
#define QUOTER_NV_H

#include "initramfs/common/tpm.h"
#include "measure/lib/span.h"

#define NV_BYTES_MAX \
	8192 /* of an index; certificates have one or two thousand, documents of AWS five */

/*
 * What an index holds. -ENOENT, with no reason noted: there is no such index, it was never written,
 * may not be read by everybody, or holds more than NV_BYTES_MAX. Other errors: the TPM failed, and
 * the reason is noted. On failure ret_bytes is spoilt and ret_len untouched.
 */
int nv_read(struct tpm *tpm, TPMI_RH_NV_INDEX index, uint8_t ret_bytes[static NV_BYTES_MAX],
	    size_t *ret_len);

/* Its Name, in an empty ret_name; as it is written, it changes. Errors as above. */
int nv_name(struct tpm *tpm, TPMI_RH_NV_INDEX index, TPM2B_NAME *ret_name);

/*
 * The same for a certificate, without what the index holds after it. -ENOENT also if it begins with
 * none: a SEQUENCE in DER, at least 128 bytes long, with a definite length (ITU-T X.690, 8.1.3 and
 * 10.1). The certificate itself is not looked into.
 */
int nv_read_certificate(struct tpm *tpm, TPMI_RH_NV_INDEX index,
			uint8_t ret_der[static NV_BYTES_MAX], size_t *ret_len);

/* Cuts a certificate off the front of bytes. -ENOENT: they begin with none; untouched then. */
int nv_take_certificate(struct span *bytes, struct span *ret_der);

#endif
