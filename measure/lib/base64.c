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

/* -1: not of the alphabet. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters to n bytes (1 to 3) in the top bits of ret_group. */
static int decode_group(const char *text, size_t n, uint32_t *ret_group)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i > n ? 0 : value_of(text[i]);

		if (value < 0 || (i > n && text[i] != '='))
			return -EBADMSG;
		group = group << 6 | (uint32_t)value;
	}
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
