/* SPDX-License-Identifier: MIT */
#include "dialing.h"

#include <errno.h>
#include <unistd.h>

#include "dial.h"
#include "service.h"

/* Questions that may be on their way. */
#define ASKED_MAX 64

static struct list waiting = LIST_EMPTY(waiting);
static size_t n_waiting, n_asked, n_dialed;

/* No more questions than there are connections that wait. */
static void ask(void)
{
	while (n_asked < n_waiting && n_asked < ASKED_MAX) {
		int r = dial_ask(SERVICE_DIALER);

		if (r == -EAGAIN)
			return;
		if (r < 0) {
			loop_end("its dialer", r);
			return;
		}
		n_asked++;
	}
}

/* Whoever stops waiting without an answer takes his question with him: it may be lost, with a
 * dialer that was killed. If it is answered after all, there is one socket too many. */
static void stop_waiting(struct conn *c)
{
	if (list_empty(&c->waits))
		return;
	list_remove(&c->waits);
	n_waiting--;
	if (n_asked > 0)
		n_asked--;
}

/* fd: negative if the dialer could not make one. */
static void hand_over(int fd)
{
	struct conn *c = list_owner(waiting.next, struct conn, waits);

	if (list_empty(&waiting)) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	stop_waiting(c);
	conn_resume(c, fd < 0 ? conn_refuse(c) : conn_dialed(c, fd));
}

static void answered(struct watch *watch)
{
	int r, fd;

	do {
		r = dial_answer(watch->fd, &fd);
		if (r == 0)
			hand_over(fd);
	} while (r == 0 && n_asked > 0);
	if (r < 0 && r != -EAGAIN)
		loop_end("its dialer", r);
	ask();
}

int dialing_start(void)
{
	static struct watch watch = { .fd = SERVICE_DIALER, .ready = answered };

	return loop_watch(&watch, EPOLLIN);
}

bool dialing_ask(struct conn *c)
{
	if (n_dialed == DIALING_MAX)
		return false;
	n_dialed++;
	n_waiting++;
	c->dialed = true;
	list_append(&waiting, &c->waits);
	ask();
	return true;
}

void dialing_release(struct conn *c)
{
	if (!c->dialed)
		return;
	if (c->inner.fd < 0)
		stop_waiting(c);
	c->dialed = false;
	n_dialed--;
}
