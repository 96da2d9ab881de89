/* SPDX-License-Identifier: MIT */
/*
 * The memory of OpenSSL, and of connections, which take and give back the same blocks over and
 * over: a buffer for every record (SSL_MODE_RELEASE_BUFFERS), some fifty blocks for a handshake.
 * musl's malloc asks the kernel for the larger ones and returns them each time; that took longer
 * than the cryptography. So blocks that are given back are kept for the next one of their size.
 *
 * They hold what clients and the container say, and the keys of their connections, and the host can
 * read the machine's memory at its next reset. So whatever is given back is cleared at once.
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
