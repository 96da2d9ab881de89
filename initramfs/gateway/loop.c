/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/loop.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256	    /* of one turn; what is left is told in the next one */
#define STEP_NS	   50000000 /* what timers see of a step, at most */

static int epoll = -1;
static int64_t read_ns; /* CLOCK_MONOTONIC, when it was last read */
static int64_t now_ns;	/* the clock of timers */
static const char *ended_whose;
static int ended_error;

/* The shares whose turn it is, in the order in which they wait. */
static struct list queue = LIST_EMPTY(queue);
static struct share unlimited = { LIST_EMPTY(unlimited.queue), LIST_EMPTY(unlimited.watches) };

/* Nanoseconds since the last call; of these the timers see at most limit_ns. */
static int64_t pass_time(int64_t limit_ns)
{
	struct timespec now = { 0 };
	int64_t passed, at;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	at = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	passed = at - read_ns;
	read_ns = at;
	now_ns += passed < limit_ns ? passed : limit_ns;
	return passed;
}

static int64_t now_ms(void)
{
	return now_ns / 1000000;
}

int loop_init(void)
{
	(void)pass_time(0);
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

/* Watches are zero-initialised. */
static bool waits(const struct watch *watch)
{
	return watch->waits.next && !list_empty(&watch->waits);
}

/* One that waits already keeps its place. */
void loop_again(struct watch *watch)
{
	struct share *share = watch->share ? watch->share : &unlimited;

	if (waits(watch))
		return;
	list_init(&watch->waits);
	list_append(&share->watches, &watch->waits);
	if (list_empty(&share->queue))
		list_append(&queue, &share->queue);
}

/* Closing alone is not enough: while another process has the same socket open (the dialer, for a
 * moment), epoll would go on telling its events. */
void loop_close(struct watch *watch)
{
	if (watch->fd < 0)
		return;
	if (waits(watch))
		list_remove(&watch->waits);
	(void)loop_watch(watch, 0);
	(void)close(watch->fd);
	watch->fd = -1;
	watch->readable = watch->ended = watch->hung = false;
}

/* What epoll tells of a socket is told again as long as it is true. */
static void note(const struct epoll_event *event)
{
	struct watch *watch = event->data.ptr;

	watch->readable |= (event->events & ~(uint32_t)EPOLLOUT) != 0;
	watch->ended |= (event->events & EPOLLRDHUP) != 0;
	watch->hung |= (event->events & (EPOLLHUP | EPOLLERR)) != 0;
	loop_again(watch);
}

/* Whoever waits now, until the time is used up. Who asks to go on waits behind the end. */
static void run(struct share *share)
{
	static struct list end = LIST_EMPTY(end);
	int64_t used_ns = 0;

	list_append(&share->watches, &end);
	while (share->watches.next != &end && (share == &unlimited || used_ns < LOOP_SHARE_NS)) {
		struct watch *watch = list_owner(share->watches.next, struct watch, waits);

		list_remove(&watch->waits);
		watch->ready(watch);
		watch->readable = watch->ended = watch->hung = false;
		used_ns += pass_time(STEP_NS);
	}
	list_remove(&end);
	if (!list_empty(&share->watches) && list_empty(&share->queue))
		list_append(&queue, &share->queue);
}

void loop_turn(int timeout_ms)
{
	static struct epoll_event events[EVENTS_MAX];
	static struct list end = LIST_EMPTY(end);
	int n = epoll_wait(epoll, events, EVENTS_MAX, list_empty(&queue) ? timeout_ms : 0);

	if (n < 0 && errno != EINTR)
		loop_end("its events", -errno);
	(void)pass_time(INT64_MAX);
	for (int i = 0; i < n; i++)
		note(&events[i]);
	/* Whoever comes behind the end has the next turn. */
	list_append(&queue, &end);
	while (queue.next != &end) {
		struct share *share = list_owner(queue.next, struct share, queue);

		list_remove(&share->queue);
		run(share);
	}
	list_remove(&end);
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

int64_t loop_now_ns(void)
{
	return now_ns;
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
	timer->since_ms = now_ms();
}

int64_t timer_lasted_ms(const struct timer *timer)
{
	return now_ms() - timer->since_ms;
}

struct timer *timers_overdue(const struct timers *timers, int limit_ms)
{
	struct timer *first = list_owner(timers->list.next, struct timer, link);

	if (list_empty(&timers->list) || now_ms() - first->since_ms < limit_ms)
		return NULL;
	return first;
}

int timers_wait_ms(const struct timers *timers, int limit_ms)
{
	const struct timer *first = list_owner(timers->list.next, struct timer, link);
	int64_t passed;

	if (list_empty(&timers->list))
		return -1;
	passed = now_ms() - first->since_ms;
	return passed >= limit_ms ? 0 : (int)(limit_ms - passed);
}
