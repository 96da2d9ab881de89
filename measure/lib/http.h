/* SPDX-License-Identifier: MIT */
/*
 * The heads of HTTP/1 messages, of clients, of the container and of machines. Strict, since what
 * another program on the way reads differently is how requests are smuggled: lines end in CR LF, no
 * line is folded, no control character, no space before a colon, at most one Content-Length, never
 * beside a Transfer-Encoding, which is "chunked" and nothing else, exactly one Host in a request of
 * HTTP/1.1. Gateway and client share it. Pure. Sources: RFC 9110 "HTTP Semantics", RFC 9112
 * "HTTP/1.1".
 */
#ifndef MEASURE_HTTP_H
#define MEASURE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define HTTP_HEAD_MAX	65536 /* bytes, the empty line at its end included */
#define HTTP_METHOD_MAX 32    /* characters; those that are registered have at most 17 */

/* How far a head was looked at that comes in pieces; zero-initialized before its first byte. */
struct http_scan {
	size_t seen, line; /* bytes; where the line begins that was not whole */
	size_t first;	   /* bytes of the first line, once that is whole */
};

/*
 * Finds the end of the head that bytes begin with; the same bytes, and more, come again after
 * -EAGAIN, and each is looked at once. 0 and the head's length with its empty line; -EAGAIN: it is
 * not whole; -EBADMSG: a line does not end in CR LF, or the first one is empty; -EFBIG: longer than
 * HTTP_HEAD_MAX.
 */
int http_scan(struct http_scan *scan, struct span bytes, size_t *ret_len);

/* Whether a request may begin with these bytes, of which there may be few: a method, a space, and
 * what a target begins with. */
bool http_may_begin(struct span bytes);

/* Whether an answer may. */
bool http_may_answer(struct span bytes);

enum http_form {
	HTTP_ORIGIN,   /* /path?query */
	HTTP_ABSOLUTE, /* https://host/path?query */
	HTTP_ASTERISK  /* the "*" of OPTIONS */
};

struct http_request {
	struct span method;
	enum http_form form;
	struct span path, query; /* of the target; path as it was written, "/" if absolute without
				  * one; query without its '?' */
	bool has_query;
	bool http11;	       /* else HTTP/1.0 */
	bool keep_alive;       /* the client may ask again on this connection */
	bool expects;	       /* it has an Expect, which HTTP/1.0 has not */
	bool expects_continue; /* and waits for leave before it sends the content */
	bool websocket;	       /* it asks for that protocol, and no other, after a 101 */
	bool chunked;	       /* the content comes in chunks */
	bool has_length;
	uint64_t length; /* bytes of content; 0 unless has_length */
};

/* head: as http_scan() found it. -EBADMSG: it breaks a rule. The result borrows the bytes and is
 * untouched on failure. */
int http_parse_request(struct span head, struct http_request *ret_request);

/* The first line of one alone, with its CR LF: what is above http11 in the struct, and that. */
int http_parse_request_line(struct span line, struct http_request *ret_request);

struct http_response {
	unsigned status; /* 100 to 999 */
	bool http11, keep_alive, chunked, has_length;
	uint64_t length;
};

/* The same for the head of an answer. */
int http_parse_response(struct span head, struct http_response *ret_response);

static inline bool http_has_content(const struct http_request *request)
{
	return request->chunked || request->length > 0;
}

#endif
