/* SPDX-License-Identifier: MIT */
#include "measure/record/text.h"

#include <stdint.h>

size_t text_char_len(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *p < 0x80	 ? 1
		     : *p < 0xc0 ? 0
		     : *p < 0xe0 ? 2
		     : *p < 0xf0 ? 3
		     : *p < 0xf8 ? 4
				 : 0;
	uint32_t c;

	if (len <= 1)
		return len == 1 && *p >= 0x20 && *p != 0x7f;
	c = *p & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return c < 0xa0 ? 0 : len; /* no control characters of C1 either */
}

void text_clean(char *text)
{
	while (*text) {
		size_t len = text_char_len(text);

		if (len == 0)
			*text = '?';
		text += len > 0 ? len : 1;
	}
}
