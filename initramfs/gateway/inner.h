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

/* Watches the dialer's end. dial: borrowed for ever. 0 or negative errno. */
int inner_start(struct dial *dial);

/* Asks for one (SOURCE_INNER); then the connection is woken, in the stage CONNECT or refused.
 * False, and nothing done, when there is no room for its source (conn.h). */
bool inner_ask(struct conn *conn);

#endif
