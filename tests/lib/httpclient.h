/* SPDX-License-Identifier: MIT */
/* A client that reads answers one by one. An answer is good until the next call. */
#ifndef TESTS_LIB_HTTPCLIENT_H
#define TESTS_LIB_HTTPCLIENT_H

#include <openssl/ssl.h>

struct response {
	int status; /* 0: none came */
	char head[4096];
	char body[65536]; /* the first len bytes of the content */
	size_t len;
};

/* The head of one answer. */
struct response *response_head(SSL *ssl);

/* All of it, if it has a length or no content. */
const struct response *response(SSL *ssl);

#endif
