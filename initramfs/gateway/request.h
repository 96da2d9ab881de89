/* SPDX-License-Identifier: MIT */
/*
 * Every request of a connection, one after the other: whose it is, and whether it may pass. The
 * container sees a request only when its head is whole and was judged, and when its content is
 * whole or too large to be collected; and it gets the next one only when it has answered the one
 * before. That is less than HTTP allows a client that sends requests without waiting, and it is
 * what nginx and others do; in return every answer has its place by itself, the gateway's own as
 * well, and nothing that a container sends can be taken for the answer to another request.
 */
#ifndef GATEWAY_REQUEST_H
#define GATEWAY_REQUEST_H

#include "initramfs/gateway/conn.h"
#include "measure/lib/plan.h"

/* What the plan says about requests; must last. */
void request_init(const struct plan *plan);

/* Whoever waited for a place, and whose turn it is, is woken. Before every turn of the loop. */
void request_grant(void);

/* The step REQUEST: reads until the head is whole, and judges it. */
enum conn_turn request_head(struct conn *conn);

/*
 * The step CONTENT. Up to REQUEST_COLLECTED_MAX bytes, with what frames them, are collected: half
 * of such a request never costs the container anything. What is larger is passed on as it comes, at
 * most UPLOADS_MAX at once (places.h), since to collect it would cost the gateway as much as it
 * saves the container.
 */
#define REQUEST_COLLECTED_MAX 131072
#define UPLOADS_MAX	      16
enum conn_turn request_content(struct conn *conn);

/* It may go to the container when it has its places, over the inner connection that there is, or
 * another one. */
enum conn_turn request_pass(struct conn *conn);

#endif
