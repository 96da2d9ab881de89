/* SPDX-License-Identifier: MIT */
/* A client that reads answers one by one. */
#ifndef TESTS_GUEST_HTTPCLIENT_H
#define TESTS_GUEST_HTTPCLIENT_H

#include "tests/lib/gatewayworld.h"

struct response {
	int status;
	char head[4096];
	char body[65536];
	size_t len;
};

/* The head of one answer; status 0 if none comes. */
static inline struct response *response_head(SSL *ssl)
{
	static struct response r;
	size_t len = 0, n;

	r = (struct response){ 0 };
	while (len < sizeof(r.head) - 1 && SSL_read_ex(ssl, r.head + len, 1, &n) == 1) {
		len++;
		if (len >= 4 && !memcmp(r.head + len - 4, "\r\n\r\n", 4))
			break;
	}
	(void)sscanf(r.head, "HTTP/1.1 %d ", &r.status);
	return &r;
}

/* All of it, if it has a length or no content. */
static inline const struct response *response(SSL *ssl)
{
	struct response *r = response_head(ssl);
	const char *field = strstr(r->head, "content-length: ");
	size_t content = field ? strtoul(field + strlen("content-length: "), NULL, 10) : 0, n;

	while (r->len < content && r->len < sizeof(r->body) - 1 &&
	       SSL_read_ex(ssl, r->body + r->len, content - r->len, &n) == 1)
		r->len += n;
	return r;
}

#endif
