/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/inner.h"

#include <errno.h>
#include <unistd.h>

#include "initramfs/common/dial.h"

static struct dial *dialer;
static struct list waiting = LIST_EMPTY(waiting);
static size_t n_waiting;

/* As many as wait. Who stops waiting leaves his question on its way: the answer is another's. */
static void ask(void)
{
	int r = 0;

	while (r == 0 && dial_open(dialer) < n_waiting)
		r = dial_ask(dialer);
	if (r < 0 && r != -EAGAIN)
		loop_end("its dialer", r);
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

int dialing_start(struct dial *with)
{
	static struct watch watch = { .ready = answered };

	dialer = with;
	watch.fd = with->socket;
	return loop_watch(&watch, EPOLLIN);
}

bool dialing_ask(struct conn *c)
{
	if (!conn_spare_inner(c->source))
		return false;
	source_add(c->source, SOURCE_INNER);
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
	source_drop(c->source, SOURCE_INNER);
}
