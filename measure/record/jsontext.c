/* SPDX-License-Identifier: MIT */
#include "measure/record/jsontext.h"

#include <string.h>

/* The index of the quote that ends the string whose first character is at i, or len. */
static size_t string_end(const char *text, size_t len, size_t i)
{
	const char *quote;

	while ((quote = memchr(text + i, '"', len - i))) {
		size_t end = (size_t)(quote - text), escapes = 0;

		while (end - escapes > i && text[end - escapes - 1] == '\\')
			escapes++;
		if (escapes % 2 == 0)
			return end;
		i = end + 1; /* a quote that is escaped: no escape reaches past it */
	}
	return len;
}

size_t jsontext_too_deep(const char *text, size_t len, size_t max_depth)
{
	size_t depth = 0, line = 1;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '"') {
			i = string_end(text, len, i + 1);
		} else if (c == '[' || c == '{') {
			if (++depth > max_depth)
				return line;
		} else if (c == ']' || c == '}') {
			depth -= depth > 0;
		} else if (c == '\n') {
			line++;
		}
	}
	return 0;
}

size_t jsontext_line(const char *text, size_t off)
{
	size_t line = 1;

	for (size_t i = 0; i < off; i++)
		line += text[i] == '\n';
	return line;
}
