/* SPDX-License-Identifier: MIT */
/*
 * One connection between the world and the container: bytes go through as they come, in both
 * directions, and each direction ends by itself (half-close). Never blocks.
 */
#ifndef GATEWAY_RELAY_H
#define GATEWAY_RELAY_H

#include <poll.h>

#include "outer.h"

#define RELAY_POLLS 2 /* pollfds of one relay: outer, inner */

struct relay;

/* Takes both over, also on failure (NULL: no memory). inner may still be connecting. */
struct relay *relay_new(const struct outer *outer, int inner);

void relay_free(struct relay *relay);

/* What to wait for. A side that nothing is wanted of has fd -1, so that its hang-up does not spin.
 */
void relay_poll(const struct relay *relay, struct pollfd polls[static RELAY_POLLS]);

/* Moves what can be moved. False: both directions have ended, or a side failed; free it. */
bool relay_move(struct relay *relay);

#endif
