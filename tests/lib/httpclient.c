/* SPDX-License-Identifier: MIT */
#include "tests/lib/httpclient.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct response *response_head(SSL *ssl)
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

const struct response *response(SSL *ssl)
{
	struct response *r = response_head(ssl);
	const char *field = strstr(r->head, "content-length: ");
	size_t content = field ? strtoul(field + strlen("content-length: "), NULL, 10) : 0, n;

	while (r->len < content && r->len < sizeof(r->body) - 1 &&
	       SSL_read_ex(ssl, r->body + r->len, content - r->len, &n) == 1)
		r->len += n;
	return r;
}
