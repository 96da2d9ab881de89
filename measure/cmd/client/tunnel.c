/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/tunnel.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "measure/cmd/client/cors.h"
#include "measure/cmd/instant.h"
#include "measure/lib/exchange.h"

#define BUFFER	  (HTTP_HEAD_MAX + 1) /* one more than what a head may have */
#define LINGER_MS 5000		      /* for a client to close after its last answer */

/* One direction. Of buf, [off, off + pass) may go on; the rest was not examined yet. */
struct flow {
	size_t off, pass, len;
	bool ended, shut; /* the source has no more; the sink was told */
	uint8_t buf[BUFFER];
};

struct tunnel {
	int local;
	const struct gate *gate;
	SSL *ssl;		     /* NULL: no machine yet */
	short want_read, want_write; /* what TLS waits for, to read or to write on */
	struct flow up, down;	     /* up: to the machine */

	struct http_scan scan; /* of the next request's head */
	struct exchange exchange;
	bool busy;	    /* a request is out, and not all of its answer is here */
	bool last;	    /* no further request is taken */
	bool draining;	    /* nor is one after this */
	bool wants_machine; /* the next request may go on */
	const char *origin; /* the origin that the answer must name, or NULL */

	/* Sent to the local program before any more of the machine's bytes. */
	size_t said_off, said_len;
	char said[HTTP_HEAD_MAX + CORS_MORE_MAX];
};

struct tunnel *tunnel_new(int local, const struct gate *gate)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (t) {
		t->local = local;
		t->gate = gate;
	}
	return t;
}

void tunnel_free(struct tunnel *t)
{
	free(t);
}

static struct span unseen(const struct flow *f)
{
	return span_of(f->buf + f->off + f->pass, f->len - f->off - f->pass);
}

/* Drops what was examined and must not go on. */
static void drop(struct flow *f, size_t n)
{
	f->off += n;
}

/* The free space to read into. With nothing left to pass on, moves the rest to the start first. */
static size_t room(struct flow *f)
{
	if (f->off > 0 && f->pass == 0) {
		memmove(f->buf, f->buf + f->off, f->len - f->off);
		f->len -= f->off;
		f->off = 0;
	}
	return BUFFER - f->len;
}

static bool wants_read(const struct flow *f)
{
	return !f->ended && (f->len < BUFFER || (f->off > 0 && f->pass == 0));
}

static bool has_said_all(const struct tunnel *t)
{
	return t->said_off == t->said_len;
}

static bool is_raw(const struct tunnel *t)
{
	return t->busy && t->exchange.stage == EXCHANGE_RAW;
}

/* ---- requests ---- */

void tunnel_refuse(struct tunnel *t, const char *status, const char *why)
{
	char text[1536];
	int n, head;

	/* Characters that are safe in an error line, and none that JSON escapes. */
	snprintf(text, sizeof(text), "%s", why);
	for (char *c = text; *c; c++)
		if (*c == '"' || *c == '\\' || *c < 0x20 || *c > 0x7e)
			*c = '\'';
	fprintf(stderr, "rampart connect: refused: %s\n", text);
	n = (int)strlen(text) + (int)sizeof("{\"error\":\"rampart connect: \"}");
	head = snprintf(t->said, sizeof(t->said),
			"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
			"Connection: close\r\n\r\n{\"error\":\"rampart connect: %s\"}\n",
			status, n, text);
	t->said_off = 0;
	t->said_len = (size_t)head;
	t->last = true;
}

/* The answer to a preflight is the proxy's own; the machine never hears of it. */
static int answer_preflight(struct tunnel *t, struct span head, const struct http_request *request,
			    const char *origin)
{
	size_t n = cors_preflight(head, origin, t->said, sizeof(t->said));

	if (n == 0 || http_has_content(request)) {
		tunnel_refuse(t, "400 Bad Request",
			      "a preflight that has content, or too much to ask");
		return 1;
	}
	t->said_off = 0;
	t->said_len = n;
	t->last = !request->keep_alive;
	drop(&t->up, head.left);
	return 1;
}

static int judge_request(struct tunnel *t, struct span head)
{
	struct http_request request;
	char why[GATE_WHY_MAX];
	const char *origin;

	if (http_parse_request(head, &request) < 0) {
		tunnel_refuse(t, "400 Bad Request", "the request is not HTTP/1.1 as it should be");
		return 1;
	}
	switch (gate_check(t->gate, head, &request, &origin, why)) {
	case GATE_REFUSED:
		tunnel_refuse(t, "403 Forbidden", why);
		return 1;
	case GATE_PREFLIGHT:
		return answer_preflight(t, head, &request, origin);
	case GATE_PASSES:
		break;
	}
	if (!t->ssl) {
		t->wants_machine = true;
		return 0;
	}
	exchange_begin(&t->exchange, &request);
	t->busy = true;
	t->origin = origin;
	t->up.pass = head.left;
	return 1;
}

/* RFC 9112, section 2.2 "Message Parsing": an empty line before a request says nothing. */
static int next_request(struct tunnel *t)
{
	struct http_scan scan = t->scan;
	struct span bytes = unseen(&t->up);
	size_t len;
	int r;

	if (bytes.left >= 2 && bytes.p[0] == '\r' && bytes.p[1] == '\n') {
		drop(&t->up, 2);
		return 1;
	}
	r = http_scan(&scan, bytes, &len);
	t->scan = r == -EAGAIN ? scan : (struct http_scan){ 0 };
	if (r == -EAGAIN && t->up.ended)
		drop(&t->up, bytes.left);
	if (r == -EAGAIN)
		return 0;
	if (r == 0)
		return judge_request(t, span_of(bytes.p, len));
	tunnel_refuse(t, r == -EFBIG ? "431 Request Header Fields Too Large" : "400 Bad Request",
		      "the request is not HTTP/1.1 as it should be, or its head is too long");
	return 1;
}

/*
 * Decides how many of the local program's bytes may go on now. 1: something was decided, 0: nothing
 * can be, -1: they are not valid content of a request.
 */
static int look_up(struct tunnel *t)
{
	struct span bytes = unseen(&t->up);
	size_t n;
	int r;

	if (t->up.pass > 0 || bytes.left == 0)
		return 0;
	if (is_raw(t)) {
		t->up.pass = bytes.left;
		return 1;
	}
	if (!framing_whole(&t->exchange.request)) {
		r = framing_take(&t->exchange.request, bytes, &n);
		t->up.pass = n;
		return r < 0 ? -1 : n > 0;
	}
	/* The next one waits for the answer to this one, all of it. */
	if (t->last || t->busy || t->down.pass > 0 || !has_said_all(t))
		return 0;
	return next_request(t);
}

/* ---- answers ---- */

/*
 * One head: of the answer itself, in which an origin may have to be named, or of an interim answer.
 */
static int look_at_head(struct tunnel *t, struct span bytes)
{
	struct http_scan scan = { 0 };
	size_t len, dropped, n;
	int r = http_scan(&scan, bytes, &len);

	if (r == -EAGAIN)
		return 0;
	if (r < 0 || exchange_answer(&t->exchange, span_of(bytes.p, len), &dropped, &n) < 0)
		return -1;
	if (!t->origin || t->exchange.stage == EXCHANGE_HEAD || is_raw(t)) {
		t->down.pass = len;
		return 1;
	}
	t->said_off = 0;
	t->said_len = cors_answer(span_of(bytes.p, len), t->origin, t->said);
	drop(&t->down, len);
	return 1;
}

/* The same for the machine's bytes; -1: they are no answer. */
static int look_down(struct tunnel *t)
{
	struct span bytes = unseen(&t->down);
	int r = 1;

	if (t->down.pass > 0 || !has_said_all(t) || bytes.left == 0)
		return 0;
	if (!t->busy)
		return -1; /* nobody asked */
	if (t->exchange.stage == EXCHANGE_HEAD) {
		r = look_at_head(t, bytes);
	} else {
		size_t dropped;

		r = exchange_answer(&t->exchange, bytes, &dropped, &t->down.pass) < 0
			    ? -1
			    : t->down.pass > 0 || t->exchange.stage == EXCHANGE_WHOLE;
	}
	if (r > 0 && t->exchange.stage == EXCHANGE_WHOLE) {
		t->busy = false;
		t->last |= !t->exchange.keep_alive || t->draining;
	}
	return r;
}

/* ---- bytes ---- */

/* What the socket must be ready for. 0: it has failed or, if *ret_ended, ended. */
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
	struct flow *f = &t->up;
	size_t size = room(f);
	ssize_t n = recv(t->local, f->buf + f->len, size, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	f->len += (size_t)n;
	f->ended = n == 0;
	return 1;
}

static int send_local(struct tunnel *t, const void *p, size_t len, size_t *ret_n)
{
	ssize_t n = send(t->local, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	*ret_n = (size_t)n;
	return 1;
}

static int write_local(struct tunnel *t)
{
	size_t n = 0;
	int r;

	if (!has_said_all(t)) {
		r = send_local(t, t->said + t->said_off, t->said_len - t->said_off, &n);
		t->said_off += n;
		return r;
	}
	r = send_local(t, t->down.buf + t->down.off, t->down.pass, &n);
	t->down.off += n;
	t->down.pass -= n;
	return r;
}

static int read_tls(struct tunnel *t)
{
	struct flow *f = &t->down;
	size_t size = room(f), n;
	int r = SSL_read_ex(t->ssl, f->buf + f->len, size, &n);

	if (r == 1) {
		f->len += n;
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
	int r = SSL_write_ex(t->ssl, f->buf + f->off, f->pass, &n);

	if (r == 1) {
		f->off += n;
		f->pass -= n;
		return 1;
	}
	t->want_write = tls_waits(t->ssl, r, &ended);
	return t->want_write ? 0 : -1;
}

static int more(int moved, int r)
{
	return moved < 0 || r < 0 ? -1 : moved | r;
}

static int move_up(struct tunnel *t)
{
	int moved = wants_read(&t->up) ? read_local(t) : 0;

	moved = more(moved, look_up(t));
	if (moved >= 0 && t->ssl && t->up.pass > 0)
		moved = more(moved, write_tls(t));
	if (moved >= 0 && t->up.ended && !t->up.shut && t->up.off == t->up.len) {
		if (t->ssl)
			(void)SSL_shutdown(t->ssl);
		ERR_clear_error();
		t->up.shut = true;
	}
	return moved;
}

static bool wants_write(const struct tunnel *t)
{
	return t->down.pass > 0 || !has_said_all(t);
}

/* From the machine only what there is room for, so that backpressure reaches it. */
static bool wants_tls(const struct tunnel *t)
{
	return t->ssl && !wants_write(t) && wants_read(&t->down);
}

/* What came goes on before more is read: the connection may have failed after it. */
static int move_down(struct tunnel *t)
{
	int moved = look_down(t);

	if (moved >= 0 && wants_write(t))
		moved = more(moved, write_local(t));
	if (moved == 0 && wants_tls(t))
		moved = read_tls(t);
	if (moved >= 0 && t->down.ended && !t->down.shut && !wants_write(t)) {
		(void)exchange_end(&t->exchange);
		(void)shutdown(t->local, SHUT_WR);
		t->down.shut = true;
	}
	return moved;
}

/* Until something can be moved. -1: it is time to stop. */
static int wait_for(struct tunnel *t, int fd, const struct tunnel_ends *ends)
{
	struct pollfd p[] = {
		{ .fd = t->local,
		  .events = (short)((wants_read(&t->up) ? POLLIN : 0) |
				    (wants_write(t) ? POLLOUT : 0)) },
		{ .fd = fd,
		  .events = (short)((wants_tls(t) ? t->want_read : 0) |
				    (t->ssl && t->up.pass > 0 ? t->want_write : 0)) },
		{ .fd = ends->cut, .events = POLLIN },
		{ .fd = t->draining ? -1 : ends->drain, .events = POLLIN },
	};

	for (int i = 0; i < 2; i++)
		if (p[i].events == 0)
			p[i].fd = -1; /* its hang-up would spin */
	if (poll(p, 4, -1) < 0)
		return errno == EINTR ? 0 : -1;
	if (p[3].revents) {
		t->draining = true;
		t->last |= !t->busy;
	}
	return p[2].revents ? -1 : 0;
}

/* Nothing more can happen: for HTTP, when one side has ended and no request is out. */
static bool is_over(const struct tunnel *t)
{
	if (wants_write(t))
		return false;
	if (is_raw(t))
		return t->up.shut && t->down.shut;
	return t->down.shut || (!t->busy && (t->last || t->up.shut));
}

/* What a client still sends must be read, or its answer is lost to a reset. */
static void linger(int local)
{
	int64_t until = instant_ms() + LINGER_MS;
	struct pollfd p = { .fd = local, .events = POLLIN };
	char buf[4096];

	(void)shutdown(local, SHUT_WR);
	for (;;) {
		int64_t left = until - instant_ms();

		if (left <= 0 || poll(&p, 1, (int)left) <= 0 ||
		    recv(local, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			return;
	}
}

enum tunnel_end tunnel_run(struct tunnel *t, struct channel *channel,
			   const struct tunnel_ends *ends)
{
	int r = 0;

	t->ssl = channel ? channel->ssl : NULL;
	t->wants_machine = false;
	if (t->ssl)
		SSL_set_mode(t->ssl,
			     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	while (r >= 0 && !is_over(t)) {
		int up = move_up(t), down = up < 0 ? -1 : move_down(t);

		if (up < 0 || down < 0)
			return TUNNEL_OVER;
		if (t->wants_machine)
			return TUNNEL_WANTS_MACHINE;
		if (up == 0 && down == 0)
			r = wait_for(t, channel ? channel->fd : -1, ends);
	}
	if (r >= 0 && !t->up.ended)
		linger(t->local);
	return TUNNEL_OVER;
}
