/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/visible.h"

bool visible_text(const char *line, size_t len)
{
	static const unsigned char first[] = { 0xc2, 0xe0, 0xf0, 0xf5 };

	for (size_t i = 0, more; i < len; i += 1 + more) {
		unsigned char c = (unsigned char)line[i], next = (unsigned char)line[i + 1];

		if ((c < 0x20 && c != '\t') || c == 0x7f || (c >= 0x80 && c < first[0]) ||
		    c >= first[3])
			return false;
		more = (c >= first[0]) + (size_t)(c >= first[1]) + (c >= first[2]);
		/* Overlong forms, surrogates, beyond U+10FFFF; C1 control characters. */
		if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f) ||
		    (c == 0xf0 && next < 0x90) || (c == 0xf4 && next > 0x8f) ||
		    (c == 0xc2 && next < 0xa0))
			return false;
		for (size_t j = 1; j <= more; j++)
			if (((unsigned char)line[i + j] & 0xc0) != 0x80)
				return false;
	}
	return true;
}
