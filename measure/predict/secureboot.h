/* SPDX-License-Identifier: MIT */
/*
 * The variables of Secure Boot, and what the firmware measures of them into PCR 7.
 *
 * Sources: UEFI Specification 2.10, section 32.4.1 "Signature Database" (EFI_SIGNATURE_LIST);
 * TCG PC Client Platform Firmware Profile, section "UEFI_VARIABLE_DATA" and "Measuring UEFI Variables";
 * EDK2, Tcg2Dxe.c MeasureAllSecureVariables() and DxeImageVerificationLib's SecureBootHook(). Integers
 * are little-endian, GUIDs in the order of their bytes.
 */
#ifndef MEASURE_PREDICT_SECUREBOOT_H
#define MEASURE_PREDICT_SECUREBOOT_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/predict/pe.h"

enum secureboot_variable {
	SECUREBOOT_STATE, /* "SecureBoot", one byte: it is on */
	SECUREBOOT_PK,
	SECUREBOOT_KEK,
	SECUREBOOT_DB,
	SECUREBOOT_DBX,
	_SECUREBOOT_MAX
};

extern const char *const secureboot_names[_SECUREBOOT_MAX]; /* "KEK" */

/* What the machine's variables hold, from SECUREBOOT_PK on: signature lists, as in files *.esl. */
struct secureboot {
	struct span list[_SECUREBOOT_MAX];
};

/*
 * Whether these are signature lists, of which only dbx may be empty: the machine would not be in
 * user mode. -EBADMSG, -EPROTO; ret_which (not NULL) is the one that is wrong then.
 */
int secureboot_check(const struct secureboot *keys, enum secureboot_variable *ret_which);

/*
 * The entry of db for which the firmware starts the image: of its first signature that leads to a
 * certificate there, that certificate's; or the one with its hash. Its bytes are the owner's GUID and
 * the certificate, or the hash. -ENOENT: it does not start it; -EBADMSG, -ENOMEM. dbx is not looked at.
 */
int secureboot_allows(const struct secureboot *keys, const struct pe *pe, struct span *ret_entry);

/*
 * The first bytes of UEFI_VARIABLE_DATA, which the variable's own data_len bytes follow. Returns how
 * many there are.
 */
#define SECUREBOOT_HEAD_MAX 52
size_t secureboot_head(enum secureboot_variable variable, size_t data_len,
		       uint8_t ret_head[static SECUREBOOT_HEAD_MAX]);

#endif
