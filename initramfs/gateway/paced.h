/* SPDX-License-Identifier: MIT */
/* Event streams on a clock (pace.h), for connections in the stage RELAY. */
#ifndef GATEWAY_PACED_H
#define GATEWAY_PACED_H

#include "initramfs/gateway/conn.h"

/* Of the plan: milliseconds between ticks, 0: there are none; and the length of a record. */
void paced_init(unsigned pace_ms, size_t padding);

/* Whether there are streams on a clock. */
bool paced_wanted(void);

/* The head of a stream has come: the clock runs from now on, until all is said. */
void paced_begin(struct conn *conn);

/* What follows the head, up to pace_room() bytes of content. 0, -EBADMSG or -ENOMEM. */
int paced_take(struct conn *conn, struct span bytes);

/* At a tick, if what left before is written: puts into `out` what leaves now. 0 or -ENOMEM. */
int paced_fill(struct conn *conn);

/* Before every turn of the loop: wakes those whose tick it is. Milliseconds until the next one; -1:
 * there is none. */
int paced_turn(void);

#endif
