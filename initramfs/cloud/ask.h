/* SPDX-License-Identifier: MIT */
/* One exchange with an HTTP server of the host's, on a connection of its own, within bounds. */
#ifndef CLOUD_ASK_H
#define CLOUD_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "initramfs/cloud/answer.h"

#define ASK_PORT    80
#define ASK_WAIT_MS 10000 /* for a connection, and for what comes next */

/*
 * Sends a request, which fits the socket's buffer, to an address in host order, and waits for the
 * answer, which is in a buffer of its own until the next call. 0; -ECONNREFUSED: there is no
 * connection; -ETIMEDOUT: nothing came, or it came in drops; -EFBIG: more than an answer may be;
 * -EBADMSG: it is none; another negative errno.
 */
int ask(uint32_t address, const char *request, size_t len, struct answer *ret_answer);

#endif
