/* SPDX-License-Identifier: MIT */
/*
 * Bytes as base64 between lines that say what they are: "-----BEGIN LABEL-----" and "-----END LABEL-----",
 * as ssh-keygen writes signatures and OpenSSL keys. Source: RFC 7468, section 3 "ABNF", of which this
 * is the lax form: blanks and newlines may break the base64 anywhere, as ssh-keygen reads it. Nothing is
 * before it, and nothing but blanks behind.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_ARMOR_H
#define MEASURE_VERIFY_SIGNATURE_ARMOR_H

#include <stddef.h>
#include <stdint.h>

#define ARMOR_SIZE_MAX	8192 /* bytes of the text */
#define ARMOR_BYTES_MAX (ARMOR_SIZE_MAX / 4 * 3)

/* -EBADMSG, -EFBIG, and in ret_what (static) what is wrong; the other outputs are untouched then. */
int armor_read(const char *text, size_t len, const char *label,
	       uint8_t ret_bytes[static ARMOR_BYTES_MAX], size_t *ret_len, const char **ret_what);

#endif
