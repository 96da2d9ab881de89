/* SPDX-License-Identifier: MIT */
#include "measure/lib/plantext.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

/* Whether c, with or without spaces inside the value, stands for itself. */
static bool is_plain(unsigned char c, bool at_end)
{
	return c >= 0x20 && c <= 0x7e && c != '\\' && !(c == ' ' && at_end);
}

static char *write_byte(unsigned char c, bool at_end, char *to)
{
	if (is_plain(c, at_end)) {
		*to++ = (char)c;
		return to;
	}
	*to++ = '\\';
	if (c == '\\' || c == '\n' || c == '\t') {
		*to++ = c == '\n' ? 'n' : c == '\t' ? 't' : '\\';
		return to;
	}
	*to++ = 'x';
	*to++ = digits[c >> 4];
	*to++ = digits[c & 15];
	return to;
}

void plantext_write(const char *s, char *ret_text)
{
	size_t len = strlen(s);
	char *to = ret_text;

	if (len == 0) {
		*to++ = '\\';
		*to++ = '&';
	}
	for (size_t i = 0; i < len; i++)
		to = write_byte((unsigned char)s[i], i == 0 || i == len - 1, to);
	*to = '\0';
}

/* The byte that an escape at text stands for; 0 if it is not an escape. */
static unsigned char read_escape(const char *text, size_t *ret_len)
{
	const char *high, *low;

	*ret_len = 2;
	switch (text[1]) {
	case '\\':
		return '\\';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'x':
		break;
	default:
		return 0;
	}
	*ret_len = 4;
	high = text[2] ? strchr(digits, text[2]) : NULL;
	low = high && text[3] ? strchr(digits, text[3]) : NULL;
	return low ? (unsigned char)((high - digits) << 4 | (low - digits)) : 0;
}

/* One form for each value: what write_byte() would not have written is refused. */
int plantext_read(char *text, const char **ret_why)
{
	char *from = text, *to = text;

	if (!strcmp(text, "\\&")) {
		*text = '\0';
		return 0;
	}
	while (*from) {
		unsigned char c = (unsigned char)*from;
		char again[PLANTEXT_MAX(1)];
		size_t len = 1;

		if (c == '\\')
			c = read_escape(from, &len);
		*ret_why = "a backslash that begins none of \\\\ \\n \\t \\xHH";
		if (c == 0)
			return -EPROTO;
		*ret_why = "a character that is written in another way (\\n, \\t, \\xHH or itself)";
		if ((size_t)(write_byte(c, from == text || !from[len], again) - again) != len ||
		    memcmp(again, from, len) != 0)
			return -EPROTO;
		*to++ = (char)c;
		from += len;
	}
	*to = '\0';
	return 0;
}
