/* SPDX-License-Identifier: MIT */
/*
 * Requests with large content, which is not collected but passed on as it comes: a server may keep
 * a thread for each of them until it is whole, so only so many are on their way at once, and the
 * others wait. Nobody has them all (source.h).
 */
#ifndef GATEWAY_UPLOAD_H
#define GATEWAY_UPLOAD_H

#include "initramfs/gateway/conn.h"

#define UPLOADS_MAX 16

/* Takes a place (SOURCE_UPLOADS), or puts the connection in the queue: false, and it is woken when
 * it has one. */
bool upload_begin(struct conn *conn);

/* Gives the places that others gave back to those who wait. */
void upload_grant(void);

#endif
