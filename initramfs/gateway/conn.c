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
#include "upload.h"

#define CONNS_MAX      12000
#define HANDSHAKES_MAX 512 /* unfinished at once; further clients wait in the backlog */
#define HANDSHAKE_MS   10000
#define HURRY_MS       2000 /* what a handshake gets while there are so many */
#define REQUEST_MS     10000
#define CONTENT_MS     30000 /* from one byte of a content to the next */
#define PATIENCE_MS    10000 /* and what comes slower than a byte in a millisecond may be late */

static struct timers handshakes = { LIST_EMPTY(handshakes.list) };
static struct timers requests = { LIST_EMPTY(requests.list) };
static struct timers contents = { LIST_EMPTY(contents.list) };
static struct list dead = LIST_EMPTY(dead);
static size_t n_conns, n_handshakes;

/* A client without TLS is told so, once, in clear. Nothing of its own was looked at. */
static enum conn_turn refuse_plain(struct conn *c)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n"
				   "content-type: text/plain\r\n"
				   "content-length: 60\r\n"
				   "connection: close\r\n\r\n"
				   "This port speaks TLS: ask again, with https:// in the place.\n";

	timer_stop(&c->timer);
	n_handshakes--;
	(void)send(c->outer.fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	(void)shutdown(c->outer.fd, SHUT_WR);
	c->stage = LINGER;
	return CONN_ON;
}

static enum conn_turn step_handshake(struct conn *c)
{
	int r = tls_handshake(c->ssl);

	if (r == -ENOTSUP)
		return refuse_plain(c);
	if (r < 0)
		return r == -EAGAIN ? CONN_WAIT : CONN_END;
	timer_stop(&c->timer);
	n_handshakes--;
	c->in.more = tls_has_more(c->ssl);
	c->stage = REQUEST;
	return CONN_ON;
}

/* The quoter takes as long as it takes; the client has done its part. */
static enum conn_turn step_asked(struct conn *c)
{
	timer_stop(&c->timer);
	return CONN_WAIT;
}

/* Whoever gives a place back lets it go on. */
static enum conn_turn step_upload(struct conn *c)
{
	(void)c;
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
	c->stage = c->answer->interim ? CONTENT : c->answer->keep_alive ? REQUEST : SHUT;
	free(c->answer);
	c->answer = NULL;
	if (c->request_len > 0)
		flow_drop(&c->in, c->request_len);
	c->request_len = 0;
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
	conn_drop_inner(c);
	if (list_empty(&c->timer.link))
		timer_start(&requests, &c->timer);
	return relay_discard(c);
}

static enum conn_turn (*const steps[])(struct conn *c) = {
	[HANDSHAKE] = step_handshake, [REQUEST] = front_request, [CONTENT] = front_content,
	[ASKED] = step_asked,	      [UPLOAD] = step_upload,	 [DIAL] = step_dial,
	[CONNECT] = relay_connect,    [RELAY] = relay_move,	 [ANSWER] = step_answer,
	[SHUT] = step_shut,	      [LINGER] = step_linger,
};

static uint32_t wants_outer(const struct conn *c)
{
	switch (c->stage) {
	case HANDSHAKE:
		return tls_wants_write(c->ssl) ? EPOLLOUT : EPOLLIN;
	case REQUEST:
	case CONTENT:
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
	if (c->stage == REQUEST || c->stage == CONTENT)
		return EPOLLIN; /* what it says now is its end */
	return c->stage == RELAY ? relay_wants_inner(c) : 0;
}

/* It is reset: only what came whole may look so. */
void conn_drop_inner(struct conn *c)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	bool is_out = c->stage == CONNECT || c->stage == RELAY;

	upload_end(c);
	if (c->inner.fd >= 0 && is_out && !c->in.shut)
		(void)setsockopt(c->inner.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	dialing_release(c);
	loop_close(&c->inner);
	c->inner.readable = c->reused = false;
}

static void end(struct conn *c)
{
	if (c->stage == HANDSHAKE)
		n_handshakes--;
	n_conns--;
	conn_drop_inner(c);
	list_remove(&c->waits);
	timer_stop(&c->timer);
	loop_close(&c->outer);
	SSL_free(c->ssl);
	flow_free(&c->in);
	flow_free(&c->out);
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
	if (c->is_head)
		answer_without_content(answer);
	c->answer = answer;
	c->stage = ANSWER;
	timer_start(&requests, &c->timer);
	return CONN_ON;
}

enum conn_turn conn_refuse(struct conn *c)
{
	return front_refuse(c, 503, "unavailable",
			    "the container does not accept connections; it may be restarting");
}

enum conn_turn conn_dialed(struct conn *c, int fd)
{
	c->inner.fd = fd;
	c->stage = CONNECT;
	return CONN_ON;
}

ssize_t conn_read(struct conn *c, size_t max)
{
	uint8_t *room;
	size_t size;
	ssize_t n = flow_room(&c->in, max, &room, &size);

	if (n < 0)
		return n;
	n = tls_read(c->ssl, room, size);
	flow_add(&c->in, n > 0 ? (size_t)n : 0);
	c->in.more = n > 0 && tls_has_more(c->ssl);
	c->outer.readable = false;
	if (n > 0 && c->stage == REQUEST && list_empty(&c->timer.link))
		timer_start(&requests, &c->timer);
	return n;
}

enum conn_turn conn_await_request(struct conn *c)
{
	c->stage = REQUEST;
	if (c->in.buf)
		timer_start(&requests, &c->timer);
	return CONN_ON;
}

void conn_await_content(struct conn *c)
{
	c->patience_ms = PATIENCE_MS;
	timer_start(&contents, &c->timer);
}

/* A byte a millisecond is a slow modem; a pause is made up for by what comes faster. */
bool conn_progress(struct conn *c, size_t n)
{
	int64_t late = timer_lasted_ms(&c->timer) - (int64_t)n;

	if (late > c->patience_ms)
		return false;
	c->patience_ms -= (int)(late < -CONTENT_MS ? -CONTENT_MS : late);
	if (c->patience_ms > CONTENT_MS)
		c->patience_ms = CONTENT_MS;
	timer_start(&contents, &c->timer);
	return true;
}

static void overdue(struct timer *timer)
{
	struct conn *c = list_owner(timer, struct conn, timer);

	if (c->stage != UPLOAD && c->stage != DIAL && c->stage != CONNECT) {
		end(c);
		return;
	}
	conn_drop_inner(c);
	conn_resume(c, conn_refuse(c));
}

static int handshake_ms(void)
{
	return n_handshakes < HANDSHAKES_MAX ? HANDSHAKE_MS : HURRY_MS;
}

int conn_expire(void)
{
	struct timer *timer;
	int waits[3], first = -1;

	while ((timer = timers_overdue(&handshakes, handshake_ms())))
		overdue(timer);
	while ((timer = timers_overdue(&requests, REQUEST_MS)))
		overdue(timer);
	while ((timer = timers_overdue(&contents, CONTENT_MS)))
		overdue(timer);
	waits[0] = timers_wait_ms(&handshakes, handshake_ms());
	waits[1] = timers_wait_ms(&requests, REQUEST_MS);
	waits[2] = timers_wait_ms(&contents, CONTENT_MS);
	for (int i = 0; i < 3; i++)
		if (waits[i] >= 0 && (first < 0 || waits[i] < first))
			first = waits[i];
	return first;
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
