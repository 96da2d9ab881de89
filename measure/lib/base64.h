/* SPDX-License-Identifier: MIT */
/*
 * Base64 as the console carries it. Source: RFC 4648, section 4 "Base 64 Encoding", with padding.
 */
#ifndef MEASURE_BASE64_H
#define MEASURE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters for len bytes, without a closing NUL. len must be below SIZE_MAX / 2. */
size_t base64_len(size_t len);

/* Writes base64_len(len) characters and a closing NUL to ret_text. */
void base64_encode(const void *data, size_t len, char *ret_text);

/*
 * Strict: whole groups of four, padding only at the end, unused bits zero, no other characters;
 * -EBADMSG otherwise. -ENOSPC if the bytes do not fit in size (len / 4 * 3 always do). On failure
 * ret_len is untouched and data is spoilt.
 */
int base64_decode(const char *text, size_t len, uint8_t *data, size_t size, size_t *ret_len);

#endif
