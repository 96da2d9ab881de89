/* SPDX-License-Identifier: MIT */
/*
 * One file by plain HTTP: what is fetched this way is believed for its signature, never for where
 * it is from. No redirection is followed. Source: RFC 9112 "HTTP/1.1".
 */
#ifndef MEASURE_CMD_CLIENT_FETCH_H
#define MEASURE_CMD_CLIENT_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "measure/rampart.h"

#define FETCH_MAX (64 << 10) /* bytes of an answer with its head: a certificate has some 2 KB */

/*
 * http://HOST[:PORT][/PATH], until deadline (of instant_ms()). 0 and the content, free() it; -1 with
 * a reason in error, also for any status but 200.
 */
int fetch(const char *url, int64_t deadline, uint8_t **ret_bytes, size_t *ret_len,
	  struct rampart_error *error);

#endif
