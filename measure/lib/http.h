/* SPDX-License-Identifier: MIT */
/*
 * The heads of HTTP/1 messages from clients, the container and machines. Strict, since requests are
 * smuggled where two programs read the same bytes differently: lines end in CR LF, no line is
 * folded, no control character, no space before a colon, at most one Content-Length, never beside a
 * Transfer-Encoding, which is "chunked" and nothing else, neither of them with an underscore for its
 * dash, exactly one Host in a request of HTTP/1.1. Gateway and client share it. Pure. Sources: RFC 9110 "HTTP Semantics", RFC 9112
 * "HTTP/1.1".
 */
#ifndef MEASURE_HTTP_H
#define MEASURE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define HTTP_HEAD_MAX	65536 /* bytes, the empty line at its end included */
#define HTTP_METHOD_MAX 32    /* characters; registered methods have at most 17 */

/* How much of a head that arrives in pieces was scanned; zero-initialized before its first byte. */
struct http_scan {
	size_t seen, line; /* bytes; where the line begins that was not whole */
	size_t first;	   /* bytes of the first line, once that is whole */
};

/*
 * Finds the end of the head that bytes begin with. After -EAGAIN call it again with the same bytes
 * and more; each byte is scanned once. 0 and the head's length with its empty line; -EAGAIN: it is
 * not whole; -EBADMSG: a line does not end in CR LF, or the first one is empty; -EFBIG: longer than
 * HTTP_HEAD_MAX.
 */
int http_scan(struct http_scan *scan, struct span bytes, size_t *ret_len);

/*
 * Whether a request may begin with these bytes, however few they are: a method, a space, and the
 * beginning of a target.
 */
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
	bool expects;	       /* it has an Expect, which does not exist in HTTP/1.0 */
	bool expects_continue; /* and waits for a 100 before it sends the content */
	bool upgrade;	       /* it has an Upgrade, whatever that and the version say */
	bool websocket;	       /* it asks for that protocol, and no other, after a 101 */
	bool chunked;	       /* the content comes in chunks */
	bool has_length;
	uint64_t length; /* bytes of content; 0 unless has_length */
	/* Its one Authorization: what it says, and the whole line with its CR LF. Both are empty if
	 * there is none; has_authorizations: there are several, and which ones counts is open. */
	struct span authorization, authorization_line;
	bool has_authorizations;
};

/* head: as http_scan() found it. -EBADMSG: it breaks a rule. The result borrows the bytes and is
 * untouched on failure. */
int http_parse_request(struct span head, struct http_request *ret_request);

/* Only the first line, with its CR LF: fills the struct up to and including http11. */
int http_parse_request_line(struct span line, struct http_request *ret_request);

struct http_response {
	unsigned status; /* 100 to 999 */
	bool http11, keep_alive, chunked, has_length;
	bool events; /* text/event-stream, as it is: without a Content-Encoding */
	uint64_t length;
};

/* The same for the head of an answer. */
int http_parse_response(struct span head, struct http_response *ret_response);

/*
 * The value of a field, by its name, of a head that was parsed as one of the two; without blanks
 * around it. false: there is none, or several; ret_value is untouched then.
 */
bool http_field(struct span head, const char *name, struct span *ret_value);

static inline bool http_has_content(const struct http_request *request)
{
	return request->chunked || request->length > 0;
}

#endif
