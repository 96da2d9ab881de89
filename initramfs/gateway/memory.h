/* SPDX-License-Identifier: MIT */
/*
 * The memory of OpenSSL and of connections. It does what malloc(3) does not:
 *
 * What is given back is cleared at once. It held what clients and the container say, or keys of
 * their connections, and the host can read the machine's memory at its next reset. OpenSSL clears
 * few of its blocks itself, musl's free(3) none, and the kernel only what goes back to it.
 *
 * What is given back is kept for the next one of its size. Connections take and give back the same
 * blocks over and over: a buffer for every record (SSL_MODE_RELEASE_BUFFERS), some fifty blocks for
 * a handshake. musl asks the kernel for the larger ones and returns them each time; that took
 * longer than the cryptography.
 */
#ifndef GATEWAY_MEMORY_H
#define GATEWAY_MEMORY_H

#include <stddef.h>

/* Before anything else of OpenSSL. 0 or -EIO. */
int memory_init(void);

/* As malloc(3) and free(3). */
void *memory_take(size_t size);
void memory_give(void *block);

#endif
