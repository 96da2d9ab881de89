/* SPDX-License-Identifier: MIT */
/*
 * What the gateway waits for: descriptors (epoll(7), level-triggered) and deadlines. One loop, one
 * thread: what a watch does in a turn must be short, and what the watches of one source do
 * together is limited, so that everybody's turn comes.
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "initramfs/gateway/list.h"

/*
 * Those that share the thread's time, and wait for it in the order in which they came. All shares
 * have their turn, one after the other; who has not come to it in LOOP_SHARE_NS has the next one.
 */
#define LOOP_SHARE_NS 200000

struct share {
	struct list queue, watches; /* loop.c's */
};

static inline void share_init(struct share *share)
{
	list_init(&share->queue);
	list_init(&share->watches);
}

/* Nobody of it waits any more; between turns. */
static inline void share_end(struct share *share)
{
	list_remove(&share->queue);
}

/*
 * A descriptor of its owner. Ready is called when one of the events, or a hang-up or error, is
 * there; never after the watch was closed, but the memory must last until loop_turn() returns.
 */
struct watch {
	int fd;
	uint32_t events;     /* EPOLLIN, EPOLLOUT, EPOLLRDHUP, as last asked for */
	struct share *share; /* must outlast it; NULL: without limit */
	void (*ready)(struct watch *watch);

	/* While ready() runs: */
	bool readable; /* there are bytes, an end, or an error to read */
	bool ended;    /* the peer has sent its end; only if EPOLLRDHUP was asked for */
	bool hung;     /* the connection is no more */

	struct list waits; /* loop.c's */
};

/* 0 or negative errno. */
int loop_init(void);

/*
 * Asks for events. With none, a hang-up is not told either, so that it cannot spin; EPOLLHUP alone
 * asks for it. 0 or negative errno; free of system calls when nothing changes.
 */
int loop_watch(struct watch *watch, uint32_t events);

/* Calls ready() in the next turn, whatever epoll says: there is more to do than fits into one. */
void loop_again(struct watch *watch);

/* Closes the descriptor, if there is one. */
void loop_close(struct watch *watch);

/* Waits for at most timeout_ms (-1: for ever), and calls whoever is ready. */
void loop_turn(int timeout_ms);

/*
 * The gateway cannot go on: whose end it is ("its dialer"), and a negative errno. Only the first
 * one counts. loop_ended() is that errno, or 0, and its name.
 */
void loop_end(const char *whose, int error);
int loop_ended(const char **ret_whose);

/*
 * When something began that may only last so long. The clock of timers is read after every step
 * and stands still during the rest of a long one: nobody is late because the gateway was busy with
 * somebody else. Zero-initialized by timer_init().
 */
struct timer {
	struct list link;
	int64_t since_ms;
};

/* Those that may last equally long; so they are in the order of their ends. */
struct timers {
	struct list list;
};

void timer_init(struct timer *timer);
void timer_stop(struct timer *timer);

/* What the clock of timers says. */
int64_t loop_now_ns(void);

/* Milliseconds since it was started. */
int64_t timer_lasted_ms(const struct timer *timer);

/* Starts it, or starts it again. */
void timer_start(struct timers *timers, struct timer *timer);

/* The first of them that lasts limit_ms or longer, or NULL. */
struct timer *timers_overdue(const struct timers *timers, int limit_ms);

/* Milliseconds until there is one, rounded up; -1: none is running. */
int timers_wait_ms(const struct timers *timers, int limit_ms);

#endif
