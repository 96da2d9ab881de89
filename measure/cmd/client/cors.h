/* SPDX-License-Identifier: MIT */
/*
 * What a browser must read before a page of another origin may have an answer: CORS, for an origin
 * that the user allowed. Pure. Sources: WHATWG Fetch, section 3.3 "CORS protocol"; WICG Private
 * Network Access, section 3.1.1 for Access-Control-Allow-Private-Network.
 */
#ifndef MEASURE_CMD_CLIENT_CORS_H
#define MEASURE_CMD_CLIENT_CORS_H

#include "measure/lib/span.h"

#define CORS_MORE_MAX 512 /* bytes that it may add to a head, but for what a browser asked for */

/*
 * The answer to a preflight, whose head was parsed, into buf of size bytes: what it asks for is
 * allowed, as the machine decides about it. The answer's length, or 0 if it does not fit.
 */
size_t cors_preflight(struct span head, const char *origin, char *buf, size_t size);

/*
 * The head of an answer, of which http_scan() found the end, with origin as the one that may read
 * it, instead of those that it names. Into buf, of head.left + CORS_MORE_MAX bytes. Its length.
 */
size_t cors_answer(struct span head, const char *origin, char *buf);

#endif
