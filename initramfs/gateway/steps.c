/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/steps.h"

#include <errno.h>
#include <sys/socket.h>

#include "initramfs/gateway/conn.h"
#include "initramfs/gateway/inner.h"
#include "initramfs/gateway/metrics.h"
#include "initramfs/gateway/relay.h"
#include "initramfs/gateway/request.h"

#define STEPS_MAX  8 /* of one connection before others have their turn */
#define WRITES_MAX 4 /* of an answer */

/* A client without TLS is told so, once, in clear. Nothing of its own was looked at. */
static enum conn_turn refuse_plain(struct conn *c)
{
	static const char text[] = "this port speaks TLS: ask again, with https://";
	struct answer *answer =
		answer_error(400, "", "no_tls", span_of(text, sizeof(text) - 1), false);

	conn_give(c, SOURCE_HANDSHAKES);
	if (answer)
		(void)send(c->outer.fd, answer->text, answer->head_len + answer->own_len,
			   MSG_NOSIGNAL);
	answer_free(answer);
	(void)shutdown(c->outer.fd, SHUT_WR);
	c->stage = LINGER;
	return CONN_ON;
}

/* What makes TLS is some kilobytes: none for whoever only connects. */
static int begin_handshake(struct conn *c)
{
	uint8_t byte;
	ssize_t n = recv(c->outer.fd, &byte, sizeof(byte), MSG_PEEK);

	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n != 1)
		return -EPIPE;
	c->ssl = tls_new(c->outer.fd, &c->others);
	return c->ssl ? 0 : -ENOMEM;
}

static enum conn_turn step_handshake(struct conn *c)
{
	int r = c->ssl ? 0 : begin_handshake(c);

	if (r == 0)
		r = tls_handshake(c->ssl, &c->others);
	if (r == -ENOTSUP)
		return refuse_plain(c);
	if (r < 0)
		return r == -EAGAIN ? CONN_WAIT : CONN_END;
	conn_give(c, SOURCE_HANDSHAKES);
	metrics_count(METRIC_HANDSHAKES, 1);
	c->in.more = tls_has_more(c->ssl);
	c->stage = REQUEST;
	return CONN_ON;
}

/* Whoever has what it waited for (conn_wake()) is in another stage by then, or holds it. */
static enum conn_turn step_asked(struct conn *c)
{
	(void)c;
	return CONN_WAIT;
}

static enum conn_turn step_queue(struct conn *c)
{
	return c->holds[SOURCE_RUNNING] ? request_pass(c) : CONN_WAIT;
}

static enum conn_turn step_upload(struct conn *c)
{
	return c->holds[SOURCE_UPLOADS] ? request_pass(c) : CONN_WAIT;
}

static enum conn_turn step_dial(struct conn *c)
{
	if (c->holds[SOURCE_INNER])
		return CONN_WAIT;
	return inner_ask(c) ? CONN_WAIT : conn_refuse(c, REFUSAL_UNAVAILABLE);
}

/* While the container takes nothing of a content, its client is not late; when it has taken what
 * there was, the client's time begins anew. */
static enum conn_turn step_relay(struct conn *c)
{
	bool was_full = c->in.ready > 0;
	/* A clock goes on while neither side does. */
	bool ticks = c->ticked && !c->inner.readable && !c->outer.readable;
	enum conn_turn turn = relay_move(c);

	if (c->stage != RELAY || ticks)
		return turn;
	if (relay_awaits_container(c) || c->in.ready > 0)
		conn_restart_time(c);
	else if (was_full)
		conn_resume_content(c);
	return turn;
}

/* Large evidence may take long, but not stand still. */
static enum conn_turn write_answer(struct conn *c)
{
	struct span rest;

	for (int i = 0; (rest = answer_rest(c->answer)).left > 0; i++) {
		size_t len = rest.left < FLOW_SIZE ? rest.left : FLOW_SIZE;
		ssize_t n = i < WRITES_MAX ? tls_write(c->ssl, rest.p, len) : -EAGAIN;

		if (n < 0)
			return n == -EAGAIN ? CONN_WAIT : CONN_END;
		c->answer->sent += (size_t)n;
		conn_restart_time(c);
	}
	return CONN_ON;
}

static enum conn_turn step_answer(struct conn *c)
{
	enum conn_turn turn = write_answer(c);

	if (turn != CONN_ON)
		return turn;
	c->stage = c->answer->interim ? CONTENT : c->answer->keep_alive ? REQUEST : SHUT;
	answer_free(c->answer);
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
	conn_drop_inner(c); /* not needed any more, if there was one */
	return relay_discard(c);
}

static enum conn_turn (*const steps[])(struct conn *c) = {
	[HANDSHAKE] = step_handshake, [REQUEST] = request_head,	 [CONTENT] = request_content,
	[ASKED] = step_asked,	      [QUEUE] = step_queue,	 [UPLOAD] = step_upload,
	[DIAL] = step_dial,	      [CONNECT] = relay_connect, [RELAY] = step_relay,
	[ANSWER] = step_answer,	      [SHUT] = step_shut,	 [LINGER] = step_linger,
};

static bool waits(const struct conn *c)
{
	return c->stage == ASKED || c->stage == QUEUE || c->stage == UPLOAD || c->stage == DIAL ||
	       c->stage == CONNECT;
}

static uint32_t wants_outer(const struct conn *c)
{
	switch (c->stage) {
	case HANDSHAKE:
		return c->ssl && tls_wants_write(c->ssl) ? EPOLLOUT : EPOLLIN;
	case ASKED:
	case QUEUE:
	case UPLOAD:
	case DIAL:
	case CONNECT:
		return EPOLLHUP | (c->half_closed ? 0 : EPOLLRDHUP);
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

static void go_on(struct conn *c, enum conn_turn turn)
{
	for (int i = 0; turn == CONN_ON && i < STEPS_MAX; i++) {
		turn = steps[c->stage](c);
		conn_keep_time(c);
	}
	if (turn == CONN_ON)
		loop_again(&c->outer);
	if (turn == CONN_END || loop_watch(&c->outer, wants_outer(c)) < 0 ||
	    (c->inner.fd >= 0 && loop_watch(&c->inner, wants_inner(c)) < 0))
		conn_end(c);
}

/* What is told of the socket of a client that waits is of its end. */
static bool has_left(struct conn *c)
{
	if (!waits(c))
		return false;
	if (c->outer.hung)
		return true;
	if (c->outer.ended && !c->half_closed)
		c->half_closed = tls_half_closed(c->ssl, &c->others);
	return c->outer.ended && !c->half_closed;
}

static void outer_ready(struct watch *watch)
{
	struct conn *c = list_owner(watch, struct conn, outer);

	go_on(c, has_left(c) ? CONN_END : CONN_ON);
}

static void inner_ready(struct watch *watch)
{
	go_on(list_owner(watch, struct conn, inner), CONN_ON);
}

/* The first step waits for its turn, as every other: who connects is no client yet. */
void steps_begin(int fd, const struct sockaddr_storage *peer)
{
	struct conn *c = conn_new(fd, peer);

	if (!c)
		return;
	c->outer.ready = outer_ready;
	c->inner.ready = inner_ready;
	go_on(c, CONN_WAIT);
}
