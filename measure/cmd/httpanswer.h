/* SPDX-License-Identifier: MIT */
/*
 * The head of an HTTP/1.1 answer, as far as the gateway's own answers need it: a status line and
 * one Content-Length. Source: RFC 9112, sections 4 "Status Line", 5 "Field Syntax", 6.3 "Message
 * Body Length".
 */
#ifndef MEASURE_CMD_HTTPANSWER_H
#define MEASURE_CMD_HTTPANSWER_H

#include <stddef.h>

struct http_answer {
	int status;
	size_t head_len, body_len; /* bytes */
	const char *why;	   /* static; after -EBADMSG */
};

/*
 * text has len bytes and a NUL behind them. -EAGAIN: the head is not complete; -EBADMSG: it is
 * malformed, or says its length in another way than once by Content-Length.
 */
int http_answer_parse(const char *text, size_t len, struct http_answer *ret_answer);

#endif
