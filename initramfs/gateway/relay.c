/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <errno.h>
#include <sys/socket.h>

#define TURNS 4 /* reads of one direction before others have their turn */

/* Bytes on their way: what cannot be written at once is kept by the flow. Four TLS records of what
 * the container says, since a call for each costs more than to encrypt it. */
static uint8_t scratch[4 * CONN_BUFFER];

/* One side, as source and as sink. All return as tls.h says. */
struct side {
	ssize_t (*read)(struct conn *c, void *buf, size_t size);
	ssize_t (*write)(struct conn *c, const void *buf, size_t len);
	int (*shut)(struct conn *c);
	/* After so many bytes were read: whether there may be more, of which epoll need not tell.
	 */
	bool (*more)(const struct conn *c, size_t n_read);
};

static ssize_t outer_read(struct conn *c, void *buf, size_t size)
{
	return tls_read(c->ssl, buf, size);
}

static ssize_t outer_write(struct conn *c, const void *buf, size_t len)
{
	return tls_write(c->ssl, buf, len);
}

static int outer_shut(struct conn *c)
{
	int r = tls_shut(c->ssl);

	if (r == 0)
		(void)shutdown(c->outer.fd, SHUT_WR);
	return r;
}

static bool outer_more(const struct conn *c, size_t n_read)
{
	(void)n_read;
	return tls_has_more(c->ssl);
}

static ssize_t inner_read(struct conn *c, void *buf, size_t size)
{
	ssize_t n = recv(c->inner.fd, buf, size, 0);

	return n < 0 ? -errno : n;
}

static ssize_t inner_write(struct conn *c, const void *buf, size_t len)
{
	ssize_t n = send(c->inner.fd, buf, len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		c->in.lost = true;
	return n < 0 ? -errno : n;
}

static int inner_shut(struct conn *c)
{
	(void)shutdown(c->inner.fd, SHUT_WR);
	return 0;
}

static bool inner_more(const struct conn *c, size_t n_read)
{
	(void)c;
	return n_read == sizeof(scratch);
}

static const struct side outer_side = { outer_read, outer_write, outer_shut, outer_more };
static const struct side inner_side = { inner_read, inner_write, inner_shut, inner_more };

/* 1: all that was kept is written, 0: must wait, negative errno: broken. */
static int drain(struct conn *c, struct flow *f, const struct side *to)
{
	while (f->buf) {
		struct span rest = flow_bytes(f);
		ssize_t n = to->write(c, rest.p, rest.left);

		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		flow_drop(f, (size_t)n);
	}
	return 1;
}

/* Writes what can be written at once, and keeps the rest. */
static int pass(struct conn *c, struct flow *f, const struct side *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = to->write(c, scratch + done, len - done);

		if (n == -EAGAIN)
			return flow_keep(f, scratch + done, len - done);
		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	return 0;
}

/* Reads only what is known to be there: a call that finds nothing costs as much as one that does.
 * readable: from is. */
static int move(struct conn *c, struct flow *f, const struct side *from, const struct side *to,
		bool readable)
{
	for (int i = 0; i < TURNS && !f->shut; i++) {
		int r = drain(c, f, to);
		ssize_t n;

		if (r <= 0)
			return r;
		if (f->ended) {
			r = to->shut(c);
			f->shut = r == 0;
			return r == -EAGAIN ? 0 : r;
		}
		if (!readable && !f->more)
			return 0;
		n = from->read(c, scratch, sizeof(scratch));
		readable = f->more = n > 0 && from->more(c, (size_t)n);
		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		f->ended = n == 0;
		r = n > 0 ? pass(c, f, to, (size_t)n) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* A container that takes no more may have answered all the same: the rest of the request is not for
 * it, the rest of its answer is for the client. */
static void give_up(struct flow *in)
{
	flow_drop(in, in->len - in->off);
	in->ended = in->shut = true;
	in->more = false;
}

enum conn_turn relay_move(struct conn *c)
{
	if (move(c, &c->in, &outer_side, &inner_side, c->outer.readable) < 0) {
		if (!c->in.lost)
			return CONN_END;
		give_up(&c->in);
	}
	if (move(c, &c->out, &inner_side, &outer_side, c->inner.readable) < 0)
		return CONN_END;
	if (!c->in.shut || !c->out.shut)
		return CONN_WAIT;
	if (!c->in.lost)
		return CONN_END;
	c->stage = LINGER;
	return CONN_ON;
}

enum conn_turn relay_connect(struct conn *c)
{
	struct span first = flow_bytes(&c->in);
	ssize_t n = inner_write(c, first.p, first.left);

	if (n == -EAGAIN)
		return CONN_WAIT;
	if (n < 0)
		return conn_refuse(c);
	flow_drop(&c->in, (size_t)n);
	timer_stop(&c->timer);
	c->in.more = tls_has_more(c->ssl);
	c->stage = RELAY;
	return CONN_ON;
}

enum conn_turn relay_discard(struct conn *c)
{
	for (int i = 0; i < TURNS; i++) {
		ssize_t n = recv(c->outer.fd, scratch, sizeof(scratch), 0);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			return CONN_END;
		if (n < 0)
			break;
	}
	return CONN_WAIT;
}

static bool wants_read(const struct flow *f)
{
	return !f->buf && !f->ended;
}

static bool wants_write(const struct flow *f)
{
	return f->buf || (f->ended && !f->shut);
}

uint32_t relay_wants_outer(const struct conn *c)
{
	return (wants_read(&c->in) ? EPOLLIN : 0) |
	       (wants_write(&c->out) || tls_wants_write(c->ssl) ? EPOLLOUT : 0);
}

/* What TLS has received already no socket tells of: it goes on as soon as the inner one takes
 * bytes. */
uint32_t relay_wants_inner(const struct conn *c)
{
	return (wants_read(&c->out) ? EPOLLIN : 0) |
	       (wants_write(&c->in) || c->in.more ? EPOLLOUT : 0);
}
