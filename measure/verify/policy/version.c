/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "measure/rampart.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* '~' before the end, the end (and a digit, where numbers begin) before letters, then the rest. */
static int order(char c)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	if (c == '~')
		return -1;
	if (c == 0 || is_digit(c))
		return 0;
	return letter ? (unsigned char)c : (unsigned char)c + 256;
}

/* The digits at *p as a number: without leading zeros, the longer one is the larger. */
static size_t skip_number(const char **p, const char **ret_digits)
{
	while (**p == '0')
		(*p)++;
	*ret_digits = *p;
	while (is_digit(**p))
		(*p)++;
	return (size_t)(*p - *ret_digits);
}

static int compare_numbers(const char **a, const char **b)
{
	const char *x, *y;
	size_t n = skip_number(a, &x), m = skip_number(b, &y);

	if (n != m)
		return n < m ? -1 : 1;
	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}

int rampart_version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		int r;

		while ((*a && !is_digit(*a)) || (*b && !is_digit(*b))) {
			if (order(*a) != order(*b))
				return order(*a) < order(*b) ? -1 : 1;
			a++, b++; /* of one order: neither is at its end */
		}
		r = compare_numbers(&a, &b);
		if (r != 0)
			return r;
	}
	return 0;
}
