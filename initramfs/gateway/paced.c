/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/paced.h"

#include <errno.h>
#include <string.h>

static int pace_ms;
static size_t piece_max;
static struct timers ticks = { LIST_EMPTY(ticks.list) };

void paced_init(unsigned ms, size_t padding)
{
	pace_ms = (int)ms;
	piece_max = padding - 1; /* a record has a byte for its type: RFC 8446, section 5.2 */
}

bool paced_wanted(void)
{
	return pace_ms > 0;
}

void paced_begin(struct conn *c)
{
	pace_begin(&c->pace, !framing_is_open(&c->exchange.answer));
	c->ticked = false;
	timer_start(&ticks, &c->tick);
}

int paced_take(struct conn *c, struct span bytes)
{
	while (bytes.left > 0) {
		struct span data;
		size_t len;
		int r;

		if (c->exchange.stage != EXCHANGE_CONTENT)
			return -EBADMSG;
		r = exchange_content(&c->exchange, bytes, &len, &data);
		if (r == 0)
			r = pace_add(&c->pace, data);
		if (r < 0)
			return r;
		(void)span_skip(&bytes, len);
	}
	c->pace.ended = c->exchange.stage == EXCHANGE_WHOLE;
	return 0;
}

int paced_fill(struct conn *c)
{
	static uint8_t piece[PACE_PIECE_MAX];
	size_t len;
	int r = 0;

	if (!c->ticked || c->out.ready > 0)
		return 0;
	c->ticked = false;
	len = pace_tick(&c->pace, piece, piece_max);
	if (len > 0)
		r = flow_keep(&c->out, piece, len);
	if (len > 0 && r == 0)
		c->out.ready = len;
	explicit_bzero(piece, len);
	if (c->pace.said)
		timer_stop(&c->tick);
	return r;
}

/* Each at a distance from its last one: what was late does not come in a bunch. */
int paced_turn(void)
{
	struct timer *timer;

	while ((timer = timers_overdue(&ticks, pace_ms))) {
		struct conn *c = list_owner(timer, struct conn, tick);

		timer_start(&ticks, timer);
		c->ticked = true;
		conn_wake(c, CONN_ON);
	}
	return timers_wait_ms(&ticks, pace_ms);
}
