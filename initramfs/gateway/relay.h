/* SPDX-License-Identifier: MIT */
/*
 * Between the client and the container: a request that was judged (request.h), with its content as
 * it comes, and the answer to it, as it comes. The content of both is framed and not touched
 * (exchange.h). What is no answer ends the connection, or is 502 if the client has seen nothing of
 * it. Never blocks.
 */
#ifndef GATEWAY_RELAY_H
#define GATEWAY_RELAY_H

#include "initramfs/gateway/conn.h"

/* The steps CONNECT and RELAY. */
enum conn_turn relay_connect(struct conn *conn);
enum conn_turn relay_move(struct conn *conn);

/* In RELAY: nothing more of the request is awaited of the client. */
bool relay_awaits_container(const struct conn *conn);

/*
 * The container's side can be read while it owes no answer. True: all is well, or that side is
 * closed and another request that has begun will get another one. Else the end: announced, in the
 * stage SHUT, or not, since it said something.
 */
bool relay_idle(struct conn *conn);

/* The step LINGER: reads from the socket, whatever it is, until the client's end. */
enum conn_turn relay_discard(struct conn *conn);

/* What to wait for in RELAY, on either side. */
uint32_t relay_wants_outer(const struct conn *conn);
uint32_t relay_wants_inner(const struct conn *conn);

#endif
