/* SPDX-License-Identifier: MIT */
/*
 * The container's part in tests of HTTP, as honest or as hostile as a request asks it to be. The
 * path says what it does, the query, percent-encoded, what it says:
 *	/say?BYTES    reads the content, then says BYTES
 *	/early?BYTES  says BYTES before it reads the content
 *	/cut?BYTES    says BYTES and closes
 *	/late?BYTES   gives a proper answer, and says BYTES when the test lets it (seen->go)
 *	/raw?BYTES    says BYTES, and echoes what comes from then on
 *	else	      answers with the request's first line and the number of bytes of its content
 */
#ifndef TESTS_LIB_HTTPSERVER_H
#define TESTS_LIB_HTTPSERVER_H

#include <stdatomic.h>

/* What the container has seen so far, for the test: in memory that both share. */
extern struct seen {
	atomic_int connections, bytes, requests, go;
} *seen;

/* Before the server is forked. */
void seen_init(void);

/* Serves a connection until its end. first: its first byte, which was read. */
void serve_http(int fd, char first);

#endif
