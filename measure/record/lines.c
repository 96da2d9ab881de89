/* SPDX-License-Identifier: MIT */
#include "measure/record/lines.h"

#include <string.h>

bool lines_next(struct span *text, struct span *ret_line)
{
	const uint8_t *end = text->left > 0 ? memchr(text->p, '\n', text->left) : NULL;
	struct span line = { .p = text->p, .left = text->left };

	if (text->left == 0)
		return false;
	if (end)
		line.left = (size_t)(end - text->p);
	(void)span_skip(text, line.left + (end != NULL));
	while (line.left > 0 && line.p[line.left - 1] == '\r')
		line.left--;
	*ret_line = line;
	return true;
}

void lines_skip_bom(struct span *text)
{
	if (text->left >= 3 && !memcmp(text->p, "\xef\xbb\xbf", 3))
		(void)span_skip(text, 3);
}

bool lines_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span lines_trim(struct span s)
{
	while (s.left > 0 && lines_is_blank(*s.p))
		(void)span_skip(&s, 1);
	while (s.left > 0 && lines_is_blank(s.p[s.left - 1]))
		s.left--;
	return s;
}
