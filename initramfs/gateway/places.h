/* SPDX-License-Identifier: MIT */
/*
 * Places of which there are only so many, and those who wait for one: requests with large content
 * on their way, and requests in the container at once. Nobody has all the places or all of the
 * queue (source.h).
 */
#ifndef GATEWAY_PLACES_H
#define GATEWAY_PLACES_H

#include "initramfs/gateway/conn.h"

struct places {
	enum source_kind kind, waiting_kind; /* as what they are counted */
	size_t all, waiting_max;
	struct list waiting;
};

/* Takes a place, if there is one for this source, and for nobody who waits. */
bool places_take(struct places *places, struct conn *conn);

/*
 * Puts the connection in the queue: it is woken when it has a place. If the queue is full, whoever
 * has most in it loses the one that came last (REFUSAL_SHARE). False, and nothing done: that is its
 * own source, or it has its share of the queue, or as much as anybody.
 */
bool places_wait(struct places *places, struct conn *conn);

/* Gives the places that others gave back to those who wait. */
void places_grant(struct places *places);

#endif
