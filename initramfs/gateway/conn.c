/* SPDX-License-Identifier: MIT */
#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dialing.h"
#include "front.h"
#include "memory.h"
#include "relay.h"

#define CONNS_MAX      12000
#define HANDSHAKES_MAX 512 /* unfinished at once; further clients wait in the backlog */
#define HANDSHAKE_MS   10000
#define HURRY_MS       2000 /* what a handshake gets while there are so many */
#define REQUEST_MS     10000

static struct timers handshakes = { LIST_EMPTY(handshakes.list) };
static struct timers requests = { LIST_EMPTY(requests.list) };
static struct list dead = LIST_EMPTY(dead);
static size_t n_conns, n_handshakes;

int flow_keep(struct flow *f, const uint8_t *data, size_t len)
{
	f->buf = memory_take(len > CONN_BUFFER ? len : CONN_BUFFER);
	if (!f->buf)
		return -ENOMEM;
	memcpy(f->buf, data, len);
	f->off = 0;
	f->len = len;
	return 0;
}

void flow_drop(struct flow *f, size_t len)
{
	f->off += len;
	if (f->off < f->len)
		return;
	memory_give(f->buf);
	f->buf = NULL;
	f->off = f->len = 0;
}

static enum conn_turn step_handshake(struct conn *c)
{
	int r = tls_handshake(c->ssl);

	if (r < 0)
		return r == -EAGAIN ? CONN_WAIT : CONN_END;
	timer_stop(&c->timer);
	n_handshakes--;
	c->stage = REQUEST;
	return CONN_ON;
}

/* The quoter takes as long as it takes; the client has done its part. */
static enum conn_turn step_asked(struct conn *c)
{
	timer_stop(&c->timer);
	return CONN_WAIT;
}

static enum conn_turn step_dial(struct conn *c)
{
	if (c->dialed)
		return CONN_WAIT;
	timer_start(&requests, &c->timer);
	return dialing_ask(c) ? CONN_WAIT : conn_refuse(c);
}

static enum conn_turn step_answer(struct conn *c)
{
	size_t sent = c->answer->sent;
	enum conn_turn turn = front_answer(c);

	/* Large evidence may take long, but not stand still. */
	if (c->answer->sent > sent)
		timer_start(&requests, &c->timer);
	if (turn != CONN_ON)
		return turn;
	c->stage = c->answer->keep_alive ? REQUEST : SHUT;
	free(c->answer);
	c->answer = NULL;
	if (c->request_len > 0) {
		flow_drop(&c->in, c->request_len);
		c->continued = false;
	}
	return CONN_ON;
}

static enum conn_turn step_shut(struct conn *c)
{
	int r = tls_shut(c->ssl);

	if (r < 0)
		return r == -EAGAIN ? CONN_WAIT : CONN_END;
	(void)shutdown(c->outer.fd, SHUT_WR);
	c->stage = LINGER;
	return CONN_ON;
}

static enum conn_turn step_linger(struct conn *c)
{
	/* The inner connection is not needed any more, if there was one. */
	loop_close(&c->inner);
	dialing_release(c);
	if (list_empty(&c->timer.link))
		timer_start(&requests, &c->timer);
	return relay_discard(c);
}

static enum conn_turn (*const steps[])(struct conn *c) = {
	[HANDSHAKE] = step_handshake, [REQUEST] = front_request, [ASKED] = step_asked,
	[DIAL] = step_dial,	      [CONNECT] = relay_connect, [RELAY] = relay_move,
	[ANSWER] = step_answer,	      [SHUT] = step_shut,	 [LINGER] = step_linger,
};

static uint32_t wants_outer(const struct conn *c)
{
	switch (c->stage) {
	case HANDSHAKE:
		return tls_wants_write(c->ssl) ? EPOLLOUT : EPOLLIN;
	case REQUEST:
		return EPOLLIN | (tls_wants_write(c->ssl) ? EPOLLOUT : 0);
	case RELAY:
		return relay_wants_outer(c);
	case ANSWER:
	case SHUT:
		return EPOLLOUT;
	case LINGER:
		return EPOLLIN;
	default:
		return 0;
	}
}

static uint32_t wants_inner(const struct conn *c)
{
	if (c->stage == CONNECT)
		return EPOLLOUT;
	return c->stage == RELAY ? relay_wants_inner(c) : 0;
}

/* A request that was cut short must not look whole to the container: its connection is reset. */
static void cut_inner(struct conn *c)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (c->inner.fd >= 0 && !c->in.shut)
		(void)setsockopt(c->inner.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void end(struct conn *c)
{
	if (c->stage == HANDSHAKE)
		n_handshakes--;
	n_conns--;
	dialing_release(c);
	list_remove(&c->waits);
	timer_stop(&c->timer);
	cut_inner(c);
	loop_close(&c->inner);
	loop_close(&c->outer);
	SSL_free(c->ssl);
	memory_give(c->in.buf);
	memory_give(c->out.buf);
	free(c->answer);
	free(c->evidence);
	c->stage = DEAD;
	list_append(&dead, &c->waits);
}

void conn_resume(struct conn *c, enum conn_turn turn)
{
	while (turn == CONN_ON)
		turn = steps[c->stage](c);
	if (turn == CONN_END || loop_watch(&c->outer, wants_outer(c)) < 0 ||
	    (c->inner.fd >= 0 && loop_watch(&c->inner, wants_inner(c)) < 0))
		end(c);
}

void conn_step(struct conn *c)
{
	if (c->stage != DEAD)
		conn_resume(c, CONN_ON);
}

static void outer_ready(struct watch *watch)
{
	conn_step(list_owner(watch, struct conn, outer));
}

static void inner_ready(struct watch *watch)
{
	conn_step(list_owner(watch, struct conn, inner));
}

void conn_new(int fd)
{
	struct conn *c = memory_take(sizeof(*c));
	SSL *ssl = c ? tls_new(fd) : NULL;

	if (!ssl) {
		memory_give(c);
		(void)close(fd);
		return;
	}
	*c = (struct conn){ .outer = { .fd = fd, .ready = outer_ready },
			    .inner = { .fd = -1, .ready = inner_ready },
			    .ssl = ssl,
			    .stage = HANDSHAKE };
	list_init(&c->waits);
	timer_init(&c->timer);
	timer_start(&handshakes, &c->timer);
	n_conns++;
	n_handshakes++;
	conn_step(c);
}

enum conn_turn conn_answer(struct conn *c, struct answer *answer)
{
	free(c->evidence);
	c->evidence = NULL;
	if (!answer)
		return CONN_END;
	c->answer = answer;
	c->stage = ANSWER;
	timer_start(&requests, &c->timer);
	return CONN_ON;
}

enum conn_turn conn_refuse(struct conn *c)
{
	static const char why[] = "the container does not accept connections; it may be restarting";

	c->request_len = 0;
	return conn_answer(
		c, answer_error(503, "retry-after: 1\r\n", span_of(why, sizeof(why) - 1), false));
}

enum conn_turn conn_dialed(struct conn *c, int fd)
{
	c->inner.fd = fd;
	c->stage = CONNECT;
	return CONN_ON;
}

ssize_t conn_read(struct conn *c)
{
	static uint8_t scratch[CONN_BUFFER];
	struct flow *in = &c->in;
	ssize_t n;

	if (in->buf) {
		memmove(in->buf, in->buf + in->off, in->len - in->off);
		in->len -= in->off;
		in->off = 0;
		if (in->len == CONN_BUFFER)
			return -ENOBUFS;
		n = tls_read(c->ssl, in->buf + in->len, CONN_BUFFER - in->len);
		in->len += n > 0 ? (size_t)n : 0;
	} else {
		n = tls_read(c->ssl, scratch, sizeof(scratch));
		if (n > 0 && flow_keep(in, scratch, (size_t)n) < 0)
			return -ENOMEM;
	}
	if (n > 0 && list_empty(&c->timer.link))
		timer_start(&requests, &c->timer);
	return n;
}

static void overdue(struct timer *timer)
{
	struct conn *c = list_owner(timer, struct conn, timer);

	if (c->stage != DIAL && c->stage != CONNECT) {
		end(c);
		return;
	}
	loop_close(&c->inner);
	dialing_release(c);
	conn_resume(c, conn_refuse(c));
}

static int handshake_ms(void)
{
	return n_handshakes < HANDSHAKES_MAX ? HANDSHAKE_MS : HURRY_MS;
}

int conn_expire(void)
{
	struct timer *timer;
	int a, b;

	while ((timer = timers_overdue(&handshakes, handshake_ms())))
		overdue(timer);
	while ((timer = timers_overdue(&requests, REQUEST_MS)))
		overdue(timer);
	a = timers_wait_ms(&handshakes, handshake_ms());
	b = timers_wait_ms(&requests, REQUEST_MS);
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

void conn_bury(void)
{
	while (!list_empty(&dead)) {
		struct conn *c = list_owner(dead.next, struct conn, waits);

		list_remove(&c->waits);
		memory_give(c);
	}
}

bool conn_room(void)
{
	return n_conns < CONNS_MAX && n_handshakes < HANDSHAKES_MAX;
}
