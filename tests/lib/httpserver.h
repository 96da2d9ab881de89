/* SPDX-License-Identifier: MIT */
/*
 * The container's part in tests of HTTP, as honest or as hostile as a request asks it to be. The
 * path says what it does, the query, percent-encoded, what it says:
 *	/say?BYTES    reads the content, then says BYTES
 *	/early?BYTES  says BYTES before it reads the content
 *	/cut?BYTES    says BYTES and closes
 *	/late?BYTES   gives a proper answer, and says BYTES when the test lets it (seen->go)
 *	/raw?BYTES    says BYTES, and echoes what comes from then on
 *	/hold	      answers when the test lets it (seen->go), or counts the client's end (seen->cut)
 *	/stream	      says a chunk every millisecond until the client's end, which it counts
 *	/events?TEXT  says TEXT as a chunk of an event stream, another one each time that the test lets
 *		      it (seen->go is one more), and ends it after the third
 *	else	      answers with the request's first line and the number of bytes of its content
 */
#ifndef TESTS_LIB_HTTPSERVER_H
#define TESTS_LIB_HTTPSERVER_H

#include <stdatomic.h>
#include <stddef.h>

/* What the container has seen so far, for the test: in memory that both share. */
extern struct seen {
	atomic_int connections, bytes, requests, go, cut;
	size_t raw_len; /* the bytes themselves, while there is room; of one connection at a time */
	char raw[65536];
} *seen;

/* Before the server is forked. */
void seen_init(void);

/* Serves a connection until its end. first: its first byte, which was read. */
void serve_http(int fd, char first);

#endif
