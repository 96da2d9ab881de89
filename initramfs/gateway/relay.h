/* SPDX-License-Identifier: MIT */
/*
 * Bytes between the client and the container: they go through as they come, in both directions, and
 * each direction ends by itself (half-close). Never blocks.
 */
#ifndef GATEWAY_RELAY_H
#define GATEWAY_RELAY_H

#include "conn.h"

/* The steps CONNECT and RELAY. */
enum conn_turn relay_connect(struct conn *conn);
enum conn_turn relay_move(struct conn *conn);

/* The step LINGER: reads from the socket, whatever it is, until the client's end. */
enum conn_turn relay_discard(struct conn *conn);

/* What to wait for in RELAY, on either side. */
uint32_t relay_wants_outer(const struct conn *conn);
uint32_t relay_wants_inner(const struct conn *conn);

#endif
