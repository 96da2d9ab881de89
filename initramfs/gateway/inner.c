/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/inner.h"

#include <errno.h>

static struct dial *dialer;
static struct list waiting = LIST_EMPTY(waiting);

/* As many as wait. Who stops waiting leaves his question on its way: the answer is another's. */
static void ask(void)
{
	unsigned n_waiting = 0;
	int r = 0;

	for (struct list *link = waiting.next; link != &waiting && n_waiting < DIAL_WINDOW;
	     link = link->next)
		n_waiting++;
	while (r == 0 && dial_open(dialer) < n_waiting)
		r = dial_ask(dialer);
	if (r < 0 && r != -EAGAIN)
		loop_end("its dialer", r);
}

/* fd: negative if the dialer could not make one. */
static void hand_over(int fd)
{
	struct conn *c = list_owner(waiting.next, struct conn, waits);

	if (list_empty(&waiting)) {
		if (fd >= 0)
			dial_drop(fd);
		return;
	}
	list_remove(&c->waits);
	if (fd < 0) {
		conn_wake(c, conn_refuse(c, REFUSAL_UNAVAILABLE));
		return;
	}
	c->inner.fd = fd;
	c->stage = CONNECT;
	conn_wake(c, CONN_ON);
}

static void answered(struct watch *watch)
{
	int r, fd;

	(void)watch;
	do {
		r = dial_answer(dialer, &fd);
		if (r == 0)
			hand_over(fd);
	} while (r == 0 && dial_open(dialer) > 0);
	if (r < 0 && r != -EAGAIN)
		loop_end("its dialer", r);
	ask();
}

int inner_start(struct dial *with)
{
	static struct watch watch = { .ready = answered };

	dialer = with;
	watch.fd = with->socket;
	return loop_watch(&watch, EPOLLIN);
}

bool inner_ask(struct conn *c)
{
	if (!conn_spare_inner(c->source))
		return false;
	conn_take(c, SOURCE_INNER);
	list_append(&waiting, &c->waits);
	ask();
	return true;
}
