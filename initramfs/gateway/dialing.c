/* SPDX-License-Identifier: MIT */
#include "dialing.h"

#include <errno.h>
#include <unistd.h>

#include "dial.h"
#include "service.h"

/* Questions that may be on their way: the socket has room for so many. */
#define ASKED_MAX 64

static struct list waiting = LIST_EMPTY(waiting);
static size_t n_waiting, n_asked, n_dialed;

/* No more questions than there are connections that wait, and no more than fit. */
static void ask(void)
{
	while (n_asked < n_waiting && n_asked < ASKED_MAX) {
		int r = dial_ask(SERVICE_DIALER);

		if (r < 0) {
			loop_end("its dialer", r);
			return;
		}
		n_asked++;
	}
}

static void stop_waiting(struct conn *c)
{
	if (list_empty(&c->waits))
		return;
	list_remove(&c->waits);
	n_waiting--;
}

/* fd: negative if the dialer could not make one. */
static void hand_over(int fd)
{
	struct conn *c = list_owner(waiting.next, struct conn, waits);

	n_asked--;
	if (list_empty(&waiting)) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	stop_waiting(c);
	conn_resume(c, fd < 0 ? conn_refuse(c) : conn_dialed(c, fd));
}

/* It speaks only when spoken to. */
static void answered(struct watch *watch)
{
	int r, fd;

	do {
		r = dial_answer(watch->fd, &fd);
		if (r == 0 && n_asked == 0)
			r = -EPROTO;
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
