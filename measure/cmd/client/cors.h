/* SPDX-License-Identifier: MIT */
/*
 * The headers that a browser needs to see before it lets a page of another origin read an answer:
 * CORS, for an origin that the user allowed. Pure. Sources: WHATWG Fetch, section 3.3 "CORS
 * protocol"; WICG Private Network Access, section 3.1.1 for Access-Control-Allow-Private-Network.
 */
#ifndef MEASURE_CMD_CLIENT_CORS_H
#define MEASURE_CMD_CLIENT_CORS_H

#include "measure/lib/span.h"

#define CORS_MORE_MAX 512 /* bytes that it may add to a head, besides what a browser asked for */

/*
 * Writes the answer to a preflight, whose head was parsed, into buf of size bytes: whatever it asks
 * for is allowed here, since the machine decides about the request itself. Returns its length, or 0
 * if it does not fit.
 */
size_t cors_preflight(struct span head, const char *origin, char *buf, size_t size);

/*
 * Rewrites the head of an answer, whose end http_scan() found, so that it names origin, and no
 * other, as the one that may read it. buf has head.left + CORS_MORE_MAX bytes. Returns the length.
 */
size_t cors_answer(struct span head, const char *origin, char *buf);

#endif
