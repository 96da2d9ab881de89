/* SPDX-License-Identifier: MIT */
/*
 * What the gateway waits for: descriptors (epoll(7), level-triggered) and deadlines. One loop, one
 * thread.
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "list.h"

/*
 * A descriptor of its owner. Ready is called when one of the events, or a hang-up or error, is
 * there. It may still be called in the turn in which the watch was closed, so the memory must last
 * until loop_turn() returns.
 */
struct watch {
	int fd;
	uint32_t events; /* EPOLLIN and EPOLLOUT, as last asked for */
	bool readable;	 /* while ready() runs: there are bytes, an end, or an error to read */
	void (*ready)(struct watch *watch);
};

/* 0 or negative errno. */
int loop_init(void);

/*
 * Asks for events. With none, a hang-up is not told either, so that it cannot spin. 0 or negative
 * errno; free of system calls when nothing changes.
 */
int loop_watch(struct watch *watch, uint32_t events);

/* Closes the descriptor, if there is one. */
void loop_close(struct watch *watch);

/* Waits for at most timeout_ms (-1: for ever), and calls whoever is ready. */
void loop_turn(int timeout_ms);

/* CLOCK_MONOTONIC, as of the start of this turn. */
int64_t loop_now_ms(void);

/*
 * The gateway cannot go on: whose end it is ("its dialer"), and a negative errno. Only the first
 * one counts. loop_ended() is that errno, or 0, and its name.
 */
void loop_end(const char *whose, int error);
int loop_ended(const char **ret_whose);

/* When something began that may only last so long. Zero-initialized by timer_init(). */
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

/* Milliseconds since it was started. */
int64_t timer_lasted_ms(const struct timer *timer);

/* Starts it, or starts it again. */
void timer_start(struct timers *timers, struct timer *timer);

/* The first of them that lasts limit_ms or longer, or NULL. */
struct timer *timers_overdue(const struct timers *timers, int limit_ms);

/* Milliseconds until there is one, rounded up; -1: none is running. */
int timers_wait_ms(const struct timers *timers, int limit_ms);

#endif
