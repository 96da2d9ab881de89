/* SPDX-License-Identifier: MIT */
/*
 * The heads of the requests that the gateway answers itself. Strict, since what another program on
 * the way reads differently is how requests are smuggled: lines end in CR LF, no line is folded, no
 * control character, no space before a colon, at most one Content-Length, exactly one Host in
 * HTTP/1.1. Pure. Sources: RFC 9110 "HTTP Semantics", RFC 9112 "HTTP/1.1".
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

#define HTTP_HEAD_MAX 8192 /* bytes, the empty line at its end included */
#define HTTP_PREFIX   "/.well-known/rampart"

enum http_owner { HTTP_UNDECIDED, HTTP_OURS, HTTP_RELAYED };

/*
 * Whose request it is that begins with these bytes: ours if they say GET or POST, then HTTP_PREFIX,
 * then '/', '?' or a space. Relayed as soon as they differ from that; undecided while they do not.
 */
enum http_owner http_owner(struct span bytes);

enum http_method { HTTP_GET, HTTP_POST };

struct http_request {
	enum http_method method;
	struct span path, query; /* of the request target; query without its '?' */
	bool has_query;
	bool keep_alive;	/* the client may ask again on this connection */
	bool expects_continue;	/* it waits for leave before it sends the content */
	bool transfer_encoding; /* the content's length is not known */
	bool has_length;
	uint64_t length; /* bytes of content; 0 unless has_length */
	size_t head_len; /* bytes of the head; the content follows */
};

/*
 * Reads the head of a request of ours. -EAGAIN: it is not whole yet; -EBADMSG: it breaks a rule;
 * -EFBIG: it is longer than HTTP_HEAD_MAX. ret_request borrows the bytes and is untouched on
 * failure.
 */
int http_parse(struct span bytes, struct http_request *ret_request);

#endif
