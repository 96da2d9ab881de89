/* SPDX-License-Identifier: MIT */
/* Text from outside as one line of UTF-8, for errors and reports. */
#ifndef MEASURE_VERIFY_TEXT_H
#define MEASURE_VERIFY_TEXT_H

/*
 * Puts a '?' in place of each control character and of each byte that belongs to no character, as
 * those of one that was cut. Source: RFC 3629, section 4 "Syntax of UTF-8 Byte Sequences".
 */
void text_clean(char *text);

#endif
