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

/* Takes a place, or puts the connection in the queue: false, and it is resumed when it has one. */
bool upload_begin(struct conn *conn);

/* The content is whole, or will never be: gives the place back, if there was one. */
void upload_end(struct conn *conn);

/* Gives free places to those who wait. Between the steps of others. */
void upload_grant(void);

#endif
