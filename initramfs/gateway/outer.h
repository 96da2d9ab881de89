/* SPDX-License-Identifier: MIT */
/*
 * The outer side of a relayed connection: the one that the world sees. Plain TCP today; a TLS
 * session takes its place without the relay noticing.
 */
#ifndef GATEWAY_OUTER_H
#define GATEWAY_OUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct outer {
	int fd;
};

/* Accepts one connection, non-blocking. 0 or negative errno; -EAGAIN: nobody is waiting. */
int outer_accept(int listener, struct outer *ret_outer);

/* Bytes read or written, 0 at the end of the peer's bytes, or negative errno (-EAGAIN: later). */
ssize_t outer_read(struct outer *o, void *buf, size_t size);
ssize_t outer_write(struct outer *o, const void *buf, size_t len);

/* What to poll for, when the relay would read, or write. */
short outer_events(const struct outer *o, bool want_read, bool want_write);

/* No more bytes will be written; the other direction goes on. */
void outer_shut(struct outer *o);

void outer_close(struct outer *o);

#endif
