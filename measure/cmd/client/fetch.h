/* SPDX-License-Identifier: MIT */
/*
 * One file by plain HTTP: what is fetched this way is believed for its signature, never for where
 * it is from. No redirection is followed. Source: RFC 9112 "HTTP/1.1".
 */
#ifndef MEASURE_CMD_CLIENT_FETCH_H
#define MEASURE_CMD_CLIENT_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "measure/rampart.h"

#define FETCH_MAX (64 << 10) /* bytes of an answer with its head: a certificate has some 2 KB */

/*
 * http://HOST[:PORT][/PATH], until deadline (of instant_ms()). 0 and the content, free() it; -1 with
 * a reason in error, also for any status but 200. allowed: NULL, or a list with NULL at its end; then only a
 * host that is in it, or addresses of the public internet, are asked: a stranger who names the URL shall not
 * have this user's own networks asked.
 */
int fetch(const char *url, const char *const *allowed, int64_t deadline, uint8_t **ret_bytes,
	  size_t *ret_len, struct rampart_error *error);

/* Whether an address is one of the public internet: neither special nor of somebody's own network. */
bool fetch_is_public(const struct sockaddr *address);

#endif
