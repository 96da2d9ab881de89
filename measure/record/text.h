/* SPDX-License-Identifier: MIT */
/* Text from outside as one line of UTF-8, for errors and reports. */
#ifndef MEASURE_RECORD_TEXT_H
#define MEASURE_RECORD_TEXT_H

#include <stddef.h>

/*
 * Bytes of the character at text, which is not its closing NUL; 0 for a control character, and for
 * a byte that belongs to no character. Source: RFC 3629, section 4 "Syntax of UTF-8 Byte
 * Sequences".
 */
size_t text_char_len(const char *text);

/* Puts a '?' in place of each control character and each byte that belongs to no character. */
void text_clean(char *text);

#endif
