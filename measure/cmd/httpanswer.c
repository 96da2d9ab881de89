/* SPDX-License-Identifier: MIT */
#include "httpanswer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS	   "0123456789"
#define LENGTH_MAX 9 /* digits */

static int broken(struct http_answer *ret_answer, const char *why)
{
	ret_answer->why = why;
	return -EBADMSG;
}

/* line: without its end. */
static int take_status(const char *line, size_t len, struct http_answer *ret_answer)
{
	static const char version[] = "HTTP/1.1 ";
	const char *code = line + sizeof(version) - 1;

	if (len < sizeof(version) - 1 + 3 || memcmp(line, version, sizeof(version) - 1) != 0 ||
	    strspn(code, DIGITS) != 3 || (code[3] != ' ' && code[3] != '\r'))
		return broken(ret_answer, "no status line");
	ret_answer->status = (int)strtol(code, NULL, 10);
	return 0;
}

static int take_field(const char *line, size_t len, bool *seen, struct http_answer *ret_answer)
{
	static const char length[] = "content-length:", coding[] = "transfer-encoding:";
	const char *value = line + sizeof(length) - 1;
	size_t n;

	if (len >= sizeof(coding) - 1 && !strncasecmp(line, coding, sizeof(coding) - 1))
		return broken(ret_answer, "a transfer encoding");
	if (len < sizeof(length) - 1 || strncasecmp(line, length, sizeof(length) - 1) != 0)
		return 0;
	value += strspn(value, " \t");
	n = strspn(value, DIGITS);
	if (*seen || n == 0 || n > LENGTH_MAX || value + n != line + len)
		return broken(ret_answer, "malformed Content-Length, or two");
	*seen = true;
	ret_answer->body_len = strtoul(value, NULL, 10);
	return 0;
}

int http_answer_parse(const char *text, size_t len, struct http_answer *ret_answer)
{
	const char *line = text, *end;
	bool seen = false;
	int r = 0;

	*ret_answer = (struct http_answer){ 0 };
	if (memchr(text, '\0', len))
		return broken(ret_answer, "a NUL");
	if (!strstr(text, "\r\n\r\n"))
		return -EAGAIN;
	for (; (end = strstr(line, "\r\n")) != line; line = end + 2) {
		r = line == text ? take_status(line, (size_t)(end - line), ret_answer)
				 : take_field(line, (size_t)(end - line), &seen, ret_answer);
		if (r < 0)
			return r;
	}
	if (!seen)
		return broken(ret_answer, "no Content-Length");
	ret_answer->head_len = (size_t)(end + 2 - text);
	return 0;
}
