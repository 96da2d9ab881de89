/* SPDX-License-Identifier: MIT */
/*
 * Inner connections: asked of the dialer (dialer.h) without waiting for it, since there is none
 * while the container restarts. Whoever has waited longest gets the answer that comes: one socket
 * is as good as another.
 */
#ifndef GATEWAY_INNER_H
#define GATEWAY_INNER_H

#include "initramfs/common/dial.h"
#include "initramfs/gateway/conn.h"

#define DIALING_MAX 1024 /* inner connections, asked for and open */

/* Watches the dialer's end. dial: borrowed for ever. 0 or negative errno. */
int dialing_start(struct dial *dial);

/* Asks for one; then the connection is resumed, dialed or refused. False, and nothing done, when
 * there is no room for its source (conn.h). */
bool dialing_ask(struct conn *conn);

/* The connection needs none any more: it has ended, or its inner one has. */
void dialing_release(struct conn *conn);

#endif
