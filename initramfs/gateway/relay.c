/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/relay.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "initramfs/gateway/metrics.h"
#include "initramfs/gateway/paced.h"

#define TURNS 4 /* reads of one direction before others have their turn */

/* Of what the container says, four TLS records at once, since a call for each costs more than to
 * encrypt it. */
#define CHUNK (4 * FLOW_SIZE)

/* Bytes on their way: what cannot be written at once is kept by the flow. Before what is read there
 * may be a part of the head of an answer. */
static uint8_t scratch[HTTP_HEAD_MAX + CHUNK];

/* One side, as source and as sink. All return as tls.h says. */
struct side {
	ssize_t (*read)(struct conn *c, void *buf, size_t size);
	ssize_t (*write)(struct conn *c, const void *buf, size_t len);
	int (*shut)(struct conn *c);
	/*
	 * After so many bytes were read: whether there may be more, of which epoll need not tell.
	 */
	bool (*more)(const struct conn *c, size_t n_read);
};

static ssize_t outer_read(struct conn *c, void *buf, size_t size)
{
	return tls_read(c->ssl, &c->others, buf, size);
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
	return n_read == CHUNK;
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
		n = from->read(c, scratch, CHUNK);
		readable = f->more = n > 0 && from->more(c, (size_t)n);
		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		f->ended = n == 0;
		r = n > 0 ? pass(c, f, to, (size_t)n) : 0;
		if (n > 0)
			explicit_bzero(scratch, (size_t)n);
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

/* Bytes that are no HTTP: they go through as they come, and each direction ends by itself. */
static enum conn_turn move_raw(struct conn *c)
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

/* Writes of a flow what was judged. 1: all of that is written, 0: must wait, negative errno. */
static int drain_ready(struct conn *c, struct flow *f, const struct side *to)
{
	while (f->ready > 0) {
		ssize_t n = to->write(c, f->buf + f->off, f->ready);

		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		flow_drop(f, (size_t)n);
	}
	return 1;
}

/* Writes what can be written at once of len bytes, and keeps the rest, with the extra ones behind
 * them that were not judged. */
static int pass_ready(struct conn *c, struct flow *f, const struct side *to, struct span bytes,
		      size_t extra)
{
	ssize_t n = 0;
	int r;

	while (bytes.left > 0 && n >= 0) {
		n = to->write(c, bytes.p, bytes.left);
		if (n > 0)
			(void)span_skip(&bytes, (size_t)n);
	}
	if (n < 0 && n != -EAGAIN)
		return (int)n;
	if (bytes.left + extra == 0)
		return 0;
	r = flow_keep(f, bytes.p, bytes.left + extra);
	if (r == 0)
		f->ready = bytes.left;
	return r;
}

/*
 * The request is out. What the client sends behind it waits, and not much of it; its end is for the
 * container as well, which may work for nobody.
 */
static int read_ahead(struct conn *c)
{
	ssize_t n = 1;

	while ((c->outer.readable || c->in.more) && !c->in.ended && n > 0) {
		n = conn_read(c, FLOW_SIZE);
		c->in.ended = n == 0;
	}
	if (c->in.ended && !c->in.buf && !c->in.shut)
		c->in.shut = inner_shut(c) == 0;
	return n >= 0 || n == -EAGAIN || n == -ENOBUFS ? 0 : (int)n;
}

/* Bytes of a content, and what is behind it. */
static int judge_content(struct conn *c, struct span bytes)
{
	struct framing *f = &c->exchange.request;
	size_t len;
	int r = framing_take(f, bytes, &len);

	if (r < 0)
		return r;
	if (f->announced > c->content_max)
		return -EFBIG;
	if (!conn_progress(c, len))
		return -ETIMEDOUT;
	return pass_ready(c, &c->in, &inner_side, span_of(bytes.p, len), bytes.left - len);
}

/* Content straight from the client to the container. 0; -EAGAIN: nothing is there; -EBADMSG: it is
 * malformed, -EFBIG: too large, -ETIMEDOUT: too slow; or the connection is broken. */
static int pass_content(struct conn *c)
{
	size_t room = framing_room(&c->exchange.request, FLOW_SIZE);
	ssize_t n = tls_read(c->ssl, &c->others, scratch, room);
	int r;

	c->outer.readable = false;
	c->in.more = n > 0 && tls_has_more(c->ssl);
	if (n < 0)
		return (int)n;
	if (n == 0) {
		conn_give(c, SOURCE_UPLOADS);
		c->in.ended = true;
		c->in.shut = inner_shut(c) == 0;
		return 0;
	}
	r = judge_content(c, span_of(scratch, (size_t)n));
	explicit_bzero(scratch, (size_t)n);
	return r;
}

static int pass_request(struct conn *c)
{
	for (int i = 0; i < TURNS; i++) {
		int r = drain_ready(c, &c->in, &inner_side);

		if (r <= 0)
			return r;
		if (c->in.ended && !framing_whole(&c->exchange.request))
			return 0;
		if (framing_whole(&c->exchange.request)) {
			conn_give(c, SOURCE_UPLOADS);
			return read_ahead(c);
		}
		if (!c->outer.readable && !c->in.more)
			return 0;
		r = pass_content(c);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
	}
	return 0;
}

/* The head, of len bytes, leaves at once. */
static int begin_stream(struct conn *c, struct span bytes, size_t len)
{
	int r;

	paced_begin(c);
	r = paced_take(c, span_of(bytes.p + len, bytes.left - len));
	return r < 0 ? r : pass_ready(c, &c->out, &outer_side, span_of(bytes.p, len), 0);
}

/* What the container said, behind the part of a head that came before. */
static int pass_judged(struct conn *c, struct span bytes)
{
	size_t drop, len;
	int r = exchange_answer(&c->exchange, bytes, &drop, &len);

	c->foul = r < 0;
	if (r < 0 && !c->exchange.began)
		return r;
	(void)span_skip(&bytes, drop);
	if (c->exchange.stream)
		return begin_stream(c, bytes, len);
	return pass_ready(c, &c->out, &outer_side, span_of(bytes.p, len),
			  c->foul ? 0 : bytes.left - len);
}

/* What follows the head of a stream on a clock. A container that ends too early is told of when all
 * before that has left. */
static int read_stream(struct conn *c)
{
	size_t room = pace_room(&c->pace), size = room < CHUNK ? room : CHUNK;
	ssize_t n = size > 0 && !c->out.ended ? inner_read(c, scratch, size) : -EAGAIN;
	int r;

	c->inner.readable = false;
	c->out.more = n > 0 && (size_t)n == size;
	if (n < 0)
		return (int)n;
	if (n == 0) {
		c->out.ended = true;
		c->pace.ended = exchange_end(&c->exchange);
		c->pace.cut = !c->pace.ended;
		return 0;
	}
	r = paced_take(c, span_of(scratch, (size_t)n));
	explicit_bzero(scratch, (size_t)n);
	return r;
}

/* 0: goes on; -EAGAIN: nothing is there; -ENODATA: the container has ended before its answer;
 * -EBADMSG: no answer. */
static int read_head_or_content(struct conn *c)
{
	struct span kept = flow_bytes(&c->out);
	ssize_t n = inner_read(c, scratch + kept.left, CHUNK);
	int r;

	c->inner.readable = false;
	c->out.more = n == CHUNK;
	if (n < 0)
		return (int)n;
	if (n == 0) {
		c->out.ended = true;
		return exchange_end(&c->exchange) ? 0 : -ENODATA;
	}
	if (kept.left > 0) {
		memcpy(scratch, kept.p, kept.left);
		flow_free(&c->out);
	}
	r = pass_judged(c, span_of(scratch, kept.left + (size_t)n));
	explicit_bzero(scratch, kept.left + (size_t)n);
	return r;
}

static int pass_answer(struct conn *c)
{
	for (int i = 0; i < TURNS; i++) {
		int r = drain_ready(c, &c->out, &outer_side);

		if (r > 0 && c->exchange.stream)
			r = paced_fill(c) < 0 ? -ENOMEM : c->out.ready == 0;
		if (r < 0 || (r == 0 && !c->exchange.stream))
			return r;
		if (r == 0)
			continue;
		if (c->foul || c->exchange.stage >= EXCHANGE_WHOLE)
			return 0;
		if (!c->inner.readable && !c->out.more)
			return 0;
		r = c->exchange.stream ? read_stream(c) : read_head_or_content(c);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
	}
	return 0;
}

/* The client's part is broken: with its content, or its connection. */
static enum conn_turn request_failed(struct conn *c, int error)
{
	bool told = error == -EBADMSG || error == -EFBIG;

	if (!told || c->exchange.began)
		return CONN_END;
	conn_drop_inner(c);
	return conn_refuse(c, error == -EFBIG ? REFUSAL_CONTENT : REFUSAL_MALFORMED);
}

/*
 * The container's part is. A connection that it has served before may have ended while this request
 * was on its way; then the client sees an end without an answer, as it would without a gateway, and
 * knows that it may ask again.
 */
static enum conn_turn answer_failed(struct conn *c, int error)
{
	bool silent = !c->exchange.began && !c->out.buf && error != -EBADMSG;

	if (c->exchange.began && error != -ENODATA)
		return CONN_END;
	if (c->exchange.began || (silent && c->reused)) {
		c->stage = SHUT;
		return CONN_ON;
	}
	conn_drop_inner(c);
	return conn_refuse(c, silent ? REFUSAL_SILENT : REFUSAL_ANSWER);
}

/* Whether the exchange is over, and what then. */
static enum conn_turn next(struct conn *c)
{
	const struct exchange *x = &c->exchange;

	if (c->out.ready > 0)
		return CONN_WAIT;
	if (c->foul)
		return CONN_END;
	if (x->stream && c->pace.said && c->pace.cut) {
		c->stage = SHUT;
		return CONN_ON;
	}
	if (x->stage != EXCHANGE_WHOLE || (x->stream && !c->pace.said))
		return CONN_WAIT;
	if (!c->answered)
		metrics_answer(x->status);
	c->answered = true;
	conn_give(c, SOURCE_RUNNING);
	if (!x->keep_alive || c->in.lost || (c->in.ended && !c->in.buf)) {
		c->stage = SHUT;
		return CONN_ON;
	}
	if (!framing_whole(&x->request))
		return CONN_WAIT;
	c->reused = true;
	return conn_await_request(c);
}

static enum conn_turn move_framed(struct conn *c)
{
	int r = c->in.lost ? 0 : pass_request(c);

	if (r < 0 && !c->in.lost)
		return request_failed(c, r);
	if (r < 0) {
		conn_give(c, SOURCE_UPLOADS);
		give_up(&c->in);
	}
	r = pass_answer(c);
	if (r < 0)
		return answer_failed(c, r);
	if (c->exchange.stage != EXCHANGE_RAW)
		return next(c);
	c->raw = true;
	return move_raw(c);
}

enum conn_turn relay_move(struct conn *c)
{
	return c->raw ? move_raw(c) : move_framed(c);
}

bool relay_awaits_container(const struct conn *c)
{
	return c->raw || c->in.lost || c->in.ended || framing_whole(&c->exchange.request);
}

bool relay_idle(struct conn *c)
{
	ssize_t n = inner_read(c, scratch, 1);

	c->inner.readable = false;
	if (n == -EAGAIN)
		return true;
	if (n > 0)
		return false;
	conn_drop_inner(c);
	if (c->in.buf)
		return true;
	c->stage = SHUT;
	return false;
}

enum conn_turn relay_connect(struct conn *c)
{
	struct span first = flow_bytes(&c->in);
	ssize_t n = inner_write(c, first.p, c->raw ? first.left : c->in.ready);

	if (n == -EAGAIN)
		return CONN_WAIT;
	if (n < 0)
		return conn_refuse(c, REFUSAL_UNAVAILABLE);
	flow_drop(&c->in, (size_t)n);
	c->in.more = tls_has_more(c->ssl);
	c->stage = RELAY;
	if (!relay_awaits_container(c))
		conn_await_content(c);
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

/* Content when all before it is written; then what the client sends behind the request, if there is
 * room; always its end. */
static bool wants_request(const struct conn *c)
{
	if (c->in.ended)
		return false;
	if (framing_whole(&c->exchange.request) && c->in.ready == 0)
		return flow_len(&c->in) < FLOW_SIZE;
	return c->in.ready == 0;
}

uint32_t relay_wants_outer(const struct conn *c)
{
	bool reads = c->raw ? wants_read(&c->in) : wants_request(c);
	bool writes = c->raw ? wants_write(&c->out) : c->out.ready > 0;

	return (reads ? EPOLLIN : 0) | (writes || tls_wants_write(c->ssl) ? EPOLLOUT : 0);
}

/* What TLS has received already no socket tells of: it goes on as soon as the inner one takes
 * bytes. */
uint32_t relay_wants_inner(const struct conn *c)
{
	bool whole = !c->raw && framing_whole(&c->exchange.request);
	bool reads = c->raw ? wants_read(&c->out) : c->out.ready == 0;
	bool writes = c->raw ? wants_write(&c->in) : c->in.ready > 0;

	if (!c->raw && c->exchange.stage == EXCHANGE_WHOLE)
		reads = false;
	if (!c->raw && c->exchange.stream)
		reads &= !c->out.ended && pace_room(&c->pace) > 0;
	return (reads ? EPOLLIN : 0) | (writes || (c->in.more && !whole) ? EPOLLOUT : 0);
}
