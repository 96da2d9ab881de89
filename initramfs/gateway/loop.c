/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256 /* of one turn; what is left is told in the next one */

static int epoll = -1;
static int64_t now_ms;
static const char *ended_whose;
static int ended_error;

static void look_at_clock(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int loop_init(void)
{
	look_at_clock();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	return epoll < 0 ? -errno : 0;
}

int loop_watch(struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };
	int operation = EPOLL_CTL_MOD;

	if (events == watch->events)
		return 0;
	if (events == 0)
		operation = EPOLL_CTL_DEL;
	else if (watch->events == 0)
		operation = EPOLL_CTL_ADD;
	if (epoll_ctl(epoll, operation, watch->fd, &event) < 0)
		return -errno;
	watch->events = events;
	return 0;
}

/* Closing alone is not enough: while another process has the same socket open (the dialer, for a
 * moment), epoll would go on telling its events. */
void loop_close(struct watch *watch)
{
	if (watch->fd < 0)
		return;
	(void)loop_watch(watch, 0);
	(void)close(watch->fd);
	watch->fd = -1;
}

void loop_turn(int timeout_ms)
{
	static struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(epoll, events, EVENTS_MAX, timeout_ms);

	if (n < 0 && errno != EINTR)
		loop_end("its events", -errno);
	look_at_clock();
	for (int i = 0; i < n; i++) {
		struct watch *watch = events[i].data.ptr;

		watch->readable = (events[i].events & ~(uint32_t)EPOLLOUT) != 0;
		watch->ready(watch);
		watch->readable = false;
	}
}

int64_t loop_now_ms(void)
{
	return now_ms;
}

void loop_end(const char *whose, int error)
{
	if (ended_error != 0)
		return;
	ended_whose = whose;
	ended_error = error;
}

int loop_ended(const char **ret_whose)
{
	*ret_whose = ended_whose;
	return ended_error;
}

void timer_init(struct timer *timer)
{
	list_init(&timer->link);
	timer->since_ms = 0;
}

void timer_stop(struct timer *timer)
{
	list_remove(&timer->link);
}

void timer_start(struct timers *timers, struct timer *timer)
{
	list_remove(&timer->link);
	list_append(&timers->list, &timer->link);
	timer->since_ms = now_ms;
}

int64_t timer_lasted_ms(const struct timer *timer)
{
	return now_ms - timer->since_ms;
}

struct timer *timers_overdue(const struct timers *timers, int limit_ms)
{
	struct timer *first = list_owner(timers->list.next, struct timer, link);

	if (list_empty(&timers->list) || now_ms - first->since_ms < limit_ms)
		return NULL;
	return first;
}

int timers_wait_ms(const struct timers *timers, int limit_ms)
{
	const struct timer *first = list_owner(timers->list.next, struct timer, link);
	int64_t passed;

	if (list_empty(&timers->list))
		return -1;
	passed = now_ms - first->since_ms;
	return passed >= limit_ms ? 0 : (int)(limit_ms - passed);
}
