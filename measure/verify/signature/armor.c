/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/armor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/lib/span.h"
#include "measure/record/lines.h"

#define EDGE_MAX 64

static int malformed(const char *what, const char **ret_what)
{
	*ret_what = what;
	return -EBADMSG;
}

int armor_read(const char *text, size_t len, const char *label,
	       uint8_t ret_bytes[static ARMOR_BYTES_MAX], size_t *ret_len, const char **ret_what)
{
	char begin[EDGE_MAX], end[EDGE_MAX], base64[ARMOR_SIZE_MAX];
	size_t begin_len = (size_t)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	size_t end_len = (size_t)snprintf(end, sizeof(end), "-----END %s-----", label), n = 0;
	struct span rest = span_of(text, len), line;

	while (rest.left > 0 && lines_is_blank(rest.p[rest.left - 1]))
		rest.left--;
	if (rest.left > ARMOR_SIZE_MAX)
		return *ret_what = "it is too long", -EFBIG;
	if (rest.left < begin_len + 1 + end_len || memcmp(text, begin, begin_len) != 0 ||
	    memcmp(text + rest.left - end_len, end, end_len) != 0 ||
	    text[rest.left - end_len - 1] != '\n')
		return malformed("no armor around it, or it is cut short", ret_what);
	rest.left -= end_len;
	(void)lines_next(&rest, &line);
	if (line.left != begin_len)
		return malformed("something behind the first line of its armor", ret_what);
	for (size_t i = 0; i < rest.left; i++)
		if (!lines_is_blank(rest.p[i]))
			base64[n++] = (char)rest.p[i];
	if (n == 0)
		return malformed("no armor around it, or it is cut short", ret_what);
	if (base64_decode(base64, n, ret_bytes, ARMOR_BYTES_MAX, ret_len) < 0)
		return malformed("not base64", ret_what);
	return 0;
}
