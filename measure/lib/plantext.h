/* SPDX-License-Identifier: MIT */
/*
 * Values of the plan that may be any bytes but NUL: arguments, variables, workdir, user. In the
 * plan they are printable ASCII all the same, and each has exactly one form:
 *
 *   \\     a backslash
 *   \n     a line break            \t    a tab
 *   \xHH   any other byte outside 0x20-0x7e, and a space at either end; HH: two lower-case hex
 *          digits
 *   \&     alone: nothing, the empty value
 *
 * Every other character stands for itself. So nothing in a value can end its line, and a value
 * without such bytes, backslashes and spaces at its ends is written unchanged.
 */
#ifndef MEASURE_PLANTEXT_H
#define MEASURE_PLANTEXT_H

#include <stddef.h>

/* Bytes that plantext_write() needs for a value of len bytes. */
#define PLANTEXT_MAX(len) (4 * (len) + 3)

/* The form of s; ret_text has PLANTEXT_MAX(strlen(s)) bytes. */
void plantext_write(const char *s, char *ret_text);

/*
 * Decodes text in place, since a value is never longer than its form. -EPROTO with *ret_why, a
 * static string, if text is not the form of any value; it is spoilt then.
 */
int plantext_read(char *text, const char **ret_why);

#endif
