/* SPDX-License-Identifier: MIT */
#include "measure/lib/base64.h"

#include <errno.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_len(size_t len)
{
	return (len + 2) / 3 * 4;
}

void base64_encode(const void *data, size_t len, char *ret_text)
{
	const uint8_t *in = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t group = (uint32_t)in[i] << 16;

		if (n > 1)
			group |= (uint32_t)in[i + 1] << 8;
		if (n > 2)
			group |= in[i + 2];
		*ret_text++ = alphabet[group >> 18];
		*ret_text++ = alphabet[group >> 12 & 63];
		*ret_text++ = n > 1 ? alphabet[group >> 6 & 63] : '=';
		*ret_text++ = n > 2 ? alphabet[group & 63] : '=';
	}
	*ret_text = '\0';
}

#define KNOWN 64

/* KNOWN and the value of each character of the alphabet; 0 for all others. */
static const uint8_t codes[256] = {
	['A'] = 64,  ['B'] = 65,  ['C'] = 66,  ['D'] = 67,  ['E'] = 68,	 ['F'] = 69,  ['G'] = 70,
	['H'] = 71,  ['I'] = 72,  ['J'] = 73,  ['K'] = 74,  ['L'] = 75,	 ['M'] = 76,  ['N'] = 77,
	['O'] = 78,  ['P'] = 79,  ['Q'] = 80,  ['R'] = 81,  ['S'] = 82,	 ['T'] = 83,  ['U'] = 84,
	['V'] = 85,  ['W'] = 86,  ['X'] = 87,  ['Y'] = 88,  ['Z'] = 89,	 ['a'] = 90,  ['b'] = 91,
	['c'] = 92,  ['d'] = 93,  ['e'] = 94,  ['f'] = 95,  ['g'] = 96,	 ['h'] = 97,  ['i'] = 98,
	['j'] = 99,  ['k'] = 100, ['l'] = 101, ['m'] = 102, ['n'] = 103, ['o'] = 104, ['p'] = 105,
	['q'] = 106, ['r'] = 107, ['s'] = 108, ['t'] = 109, ['u'] = 110, ['v'] = 111, ['w'] = 112,
	['x'] = 113, ['y'] = 114, ['z'] = 115, ['0'] = 116, ['1'] = 117, ['2'] = 118, ['3'] = 119,
	['4'] = 120, ['5'] = 121, ['6'] = 122, ['7'] = 123, ['8'] = 124, ['9'] = 125, ['+'] = 126,
	['/'] = 127,
};

/* Four characters, the last 3 - n of which are '=', to n bytes in the top bits of ret_group. */
static int decode_group(const char *text, size_t n, uint32_t *ret_group)
{
	uint32_t a = codes[(uint8_t)text[0]], b = codes[(uint8_t)text[1]];
	uint32_t c = n > 1 ? codes[(uint8_t)text[2]] : KNOWN;
	uint32_t d = n > 2 ? codes[(uint8_t)text[3]] : KNOWN;
	uint32_t group = (a % KNOWN) << 18 | (b % KNOWN) << 12 | (c % KNOWN) << 6 | (d % KNOWN);

	if (!(a & b & c & d & KNOWN))
		return -EBADMSG;
	if (group & (0xffffffu >> 8 * n)) /* two texts must not mean the same bytes */
		return -EBADMSG;
	*ret_group = group;
	return 0;
}

int base64_decode(const char *text, size_t len, uint8_t *data, size_t size, size_t *ret_len)
{
	size_t out = 0;

	if (len % 4)
		return -EBADMSG;
	for (size_t i = 0; i < len; i += 4) {
		size_t n = 3;
		uint32_t group;

		if (i + 4 == len && text[i + 3] == '=')
			n = text[i + 2] == '=' ? 1 : 2;
		if (decode_group(text + i, n, &group) < 0)
			return -EBADMSG;
		if (n > size - out)
			return -ENOSPC;
		for (size_t k = 0; k < n; k++)
			data[out++] = (uint8_t)(group >> (16 - 8 * k));
	}
	*ret_len = out;
	return 0;
}
