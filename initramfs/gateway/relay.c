/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 16384 /* bytes in flight in one direction: one TLS record */

/* One direction. Bytes are read only when all before them are written: the sender feels the
 * receiver. */
struct flow {
	size_t off, len; /* unwritten bytes are buf[off..len) */
	bool ended;	 /* the source has no more */
	bool shut;	 /* and the sink was told */
	char buf[BUFFER];
};

struct relay {
	struct outer outer;
	int inner;
	struct flow in, out; /* in: to the container */
};

struct relay *relay_new(const struct outer *outer, int inner)
{
	struct relay *relay = malloc(sizeof(*relay));

	if (!relay) {
		struct outer o = *outer;

		outer_close(&o);
		(void)close(inner);
		return NULL;
	}
	relay->outer = *outer;
	relay->inner = inner;
	relay->in.off = relay->in.len = relay->out.off = relay->out.len = 0;
	relay->in.ended = relay->in.shut = relay->out.ended = relay->out.shut = false;
	return relay;
}

void relay_free(struct relay *relay)
{
	if (!relay)
		return;
	outer_close(&relay->outer);
	(void)close(relay->inner);
	free(relay);
}

static bool wants_read(const struct flow *f)
{
	return f->off == f->len && !f->ended;
}

static bool wants_write(const struct flow *f)
{
	return f->off < f->len;
}

void relay_poll(const struct relay *relay, struct pollfd polls[static RELAY_POLLS])
{
	const struct flow *in = &relay->in, *out = &relay->out;

	polls[0].fd = relay->outer.fd;
	polls[0].events = outer_events(&relay->outer, wants_read(in), wants_write(out));
	polls[1].fd = relay->inner;
	polls[1].events = (short)((wants_read(out) ? POLLIN : 0) | (wants_write(in) ? POLLOUT : 0));
	for (int i = 0; i < RELAY_POLLS; i++)
		if (polls[i].events == 0)
			polls[i].fd = -1;
}

static ssize_t inner_read(int fd, void *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size, 0);

	return n < 0 ? -errno : n;
}

static ssize_t inner_write(int fd, const void *buf, size_t len)
{
	ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

/* 1: moved something, 0: must wait, negative errno: broken. */
static int fill(struct flow *f, ssize_t n)
{
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n < 0)
		return (int)n;
	f->off = 0;
	f->len = (size_t)n;
	f->ended = n == 0;
	return 1;
}

static int drain(struct flow *f, ssize_t n)
{
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n < 0)
		return (int)n;
	f->off += (size_t)n;
	return n > 0;
}

static int move_in(struct relay *r)
{
	struct flow *f = &r->in;
	int moved = 0;

	if (wants_read(f))
		moved = fill(f, outer_read(&r->outer, f->buf, BUFFER));
	if (moved >= 0 && wants_write(f))
		moved = drain(f, inner_write(r->inner, f->buf + f->off, f->len - f->off));
	if (moved >= 0 && f->ended && !f->shut) {
		(void)shutdown(r->inner, SHUT_WR);
		f->shut = true;
	}
	return moved;
}

static int move_out(struct relay *r)
{
	struct flow *f = &r->out;
	int moved = 0;

	if (wants_read(f))
		moved = fill(f, inner_read(r->inner, f->buf, BUFFER));
	if (moved >= 0 && wants_write(f))
		moved = drain(f, outer_write(&r->outer, f->buf + f->off, f->len - f->off));
	if (moved >= 0 && f->ended && !f->shut) {
		outer_shut(&r->outer);
		f->shut = true;
	}
	return moved;
}

bool relay_move(struct relay *relay)
{
	if (move_in(relay) < 0 || move_out(relay) < 0)
		return false;
	return !(relay->in.shut && relay->out.shut);
}
