/* SPDX-License-Identifier: MIT */
#include "tunnel.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 16384 /* one TLS record */

/* One direction: bytes are read only when all before them are written. */
struct flow {
	size_t off, len;
	bool ended, shut; /* the source has no more; the sink was told */
	char buf[BUFFER];
};

struct tunnel {
	int local;
	SSL *ssl;
	short want_read, want_write; /* what TLS waits for, to read or to write on */
	struct flow up, down;	     /* up: to the machine */
};

static bool wants_read(const struct flow *f)
{
	return f->off == f->len && !f->ended;
}

static bool wants_write(const struct flow *f)
{
	return f->off < f->len;
}

/* What the socket must be ready for. 0: it is a failure, or with *ret_ended its end. */
static short tls_waits(SSL *ssl, int result, bool *ret_ended)
{
	int error = SSL_get_error(ssl, result);

	ERR_clear_error();
	*ret_ended = error == SSL_ERROR_ZERO_RETURN;
	return error == SSL_ERROR_WANT_READ ? POLLIN : error == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

/* Each move: 1 moved something, 0 must wait, -1 failed. */
static int read_local(struct tunnel *t)
{
	ssize_t n = recv(t->local, t->up.buf, BUFFER, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	t->up.off = 0;
	t->up.len = (size_t)n;
	t->up.ended = n == 0;
	return 1;
}

static int write_local(struct tunnel *t)
{
	struct flow *f = &t->down;
	ssize_t n = send(t->local, f->buf + f->off, f->len - f->off, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	f->off += (size_t)n;
	return 1;
}

static int read_tls(struct tunnel *t)
{
	struct flow *f = &t->down;
	size_t n;
	int r = SSL_read_ex(t->ssl, f->buf, BUFFER, &n);

	f->off = f->len = 0;
	if (r == 1) {
		f->len = n;
		return 1;
	}
	t->want_read = tls_waits(t->ssl, r, &f->ended);
	return f->ended ? 1 : t->want_read ? 0 : -1;
}

static int write_tls(struct tunnel *t)
{
	struct flow *f = &t->up;
	bool ended;
	size_t n;
	int r = SSL_write_ex(t->ssl, f->buf + f->off, f->len - f->off, &n);

	if (r == 1) {
		f->off += n;
		return 1;
	}
	t->want_write = tls_waits(t->ssl, r, &ended);
	return t->want_write ? 0 : -1;
}

static int move_up(struct tunnel *t)
{
	int moved = 0;

	if (wants_read(&t->up))
		moved = read_local(t);
	if (moved >= 0 && wants_write(&t->up))
		moved = write_tls(t);
	if (moved >= 0 && t->up.ended && !t->up.shut) {
		(void)SSL_shutdown(t->ssl);
		ERR_clear_error();
		t->up.shut = true;
	}
	return moved;
}

static int move_down(struct tunnel *t)
{
	int moved = 0;

	if (wants_read(&t->down))
		moved = read_tls(t);
	if (moved >= 0 && wants_write(&t->down))
		moved = write_local(t);
	if (moved >= 0 && t->down.ended && !t->down.shut) {
		(void)shutdown(t->local, SHUT_WR);
		t->down.shut = true;
	}
	return moved;
}

static int wait_for(const struct tunnel *t, int fd, int stop)
{
	struct pollfd p[] = {
		{ .fd = t->local,
		  .events = (short)((wants_read(&t->up) ? POLLIN : 0) |
				    (wants_write(&t->down) ? POLLOUT : 0)) },
		{ .fd = fd,
		  .events = (short)((wants_read(&t->down) ? t->want_read : 0) |
				    (wants_write(&t->up) ? t->want_write : 0)) },
		{ .fd = stop, .events = POLLIN },
	};

	for (int i = 0; i < 2; i++)
		if (p[i].events == 0)
			p[i].fd = -1; /* its hang-up would spin */
	if (poll(p, 3, -1) < 0)
		return errno == EINTR ? 0 : -1;
	return p[2].revents ? -1 : 0;
}

void tunnel_run(int local, struct channel *channel, int stop)
{
	struct tunnel t = { .local = local, .ssl = channel->ssl };
	int r = 0;

	SSL_set_mode(t.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	while (r >= 0 && !(t.up.shut && t.down.shut)) {
		int up = move_up(&t), down = up < 0 ? -1 : move_down(&t);

		if (up < 0 || down < 0)
			return;
		if (up == 0 && down == 0)
			r = wait_for(&t, channel->fd, stop);
	}
}
