/* SPDX-License-Identifier: MIT */
/* A client that reads answers one by one. */
#ifndef TESTS_GUEST_HTTPCLIENT_H
#define TESTS_GUEST_HTTPCLIENT_H

#include "world.h"

struct response {
	int status;
	char head[4096];
	char body[65536];
	size_t len;
};

/* One whole answer, with a length or without content; status 0 if none comes. */
static inline const struct response *response(SSL *ssl)
{
	static struct response r;
	size_t len = 0, content = 0, n;
	const char *field;

	r = (struct response){ 0 };
	while (len < sizeof(r.head) - 1 && SSL_read_ex(ssl, r.head + len, 1, &n) == 1) {
		len++;
		if (len >= 4 && !memcmp(r.head + len - 4, "\r\n\r\n", 4))
			break;
	}
	field = strstr(r.head, "content-length: ");
	if (sscanf(r.head, "HTTP/1.1 %d ", &r.status) != 1)
		return &r;
	if (field)
		content = strtoul(field + strlen("content-length: "), NULL, 10);
	while (r.len < content && r.len < sizeof(r.body) - 1 &&
	       SSL_read_ex(ssl, r.body + r.len, content - r.len, &n) == 1)
		r.len += n;
	return &r;
}

#endif
