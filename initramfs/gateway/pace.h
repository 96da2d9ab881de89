/* SPDX-License-Identifier: MIT */
/*
 * An event stream on a clock (the plan's gateway.pace): what the container says is held, and at each
 * tick one piece of it leaves that fits a TLS record of one block of padding. So a watcher sees
 * records of one length at one distance, whatever the tokens are and whenever they come. A tick for
 * which there is nothing is a comment, which clients of event streams ignore; so that one can stand
 * there, an event leaves when it is whole. One that is larger than what is held leaves as it comes,
 * and then ticks can be missing. Chunks are made anew, one a tick; extensions and trailers are
 * dropped, as RFC 9112, section 7.1 allows. Pure.
 *
 * Event streams: WHATWG HTML, section 9.2.6 "Interpreting an event stream".
 */
#ifndef GATEWAY_PACE_H
#define GATEWAY_PACE_H

#include <stdbool.h>
#include <stddef.h>

#include "initramfs/gateway/flow.h"

#define PACE_HELD_MAX  65536
#define PACE_PIECE_MAX 16384 /* of PLAN_PADDING_MAX */

struct pace {
	struct flow held; /* its ready bytes end with an event */
	bool chunked;
	/* Behind the last byte, which was a CR: whether the line is empty so far; whether an event
	 * ended there. */
	bool cr, blank, ends;
	bool inside; /* what left last is not the end of an event */
	bool ended;  /* no more will come: the answer is whole, */
	bool cut;    /* or the container has left before it was */
	bool said;   /* all of it has left */
};

/* Another stream. held must be without bytes; its owner stays. */
void pace_begin(struct pace *pace, bool chunked);

/* How many more bytes it holds. */
size_t pace_room(const struct pace *pace);

/* Content, no more than there is room for. 0 or -ENOMEM. */
int pace_add(struct pace *pace, struct span data);

/*
 * What leaves at a tick: at most size bytes, which is 32 to PACE_PIECE_MAX. 0: nothing can, now or,
 * if it has said all, any more.
 */
size_t pace_tick(struct pace *pace, uint8_t *ret_piece, size_t size);

#endif
