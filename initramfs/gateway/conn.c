/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/gateway/quotes.h"
#include "initramfs/gateway/inner.h"
#include "initramfs/gateway/front.h"
#include "initramfs/gateway/memory.h"
#include "initramfs/gateway/relay.h"
#include "initramfs/gateway/upload.h"

#define CONNS_MAX      12000
#define HANDSHAKES_MAX 512 /* unfinished at once */
#define HANDSHAKE_MS   10000
#define REQUEST_MS     10000
#define CONTENT_MS     30000 /* from one byte of a content to the next */
#define PATIENCE_MS    10000 /* and what comes slower than a byte in a millisecond may be late */
#define IDLE_MS	       600000
#define STEPS_MAX      8 /* of one connection before others have their turn */

/* Each in the order in which their connections were last active. */
static struct timers handshakes = { LIST_EMPTY(handshakes.list) };
static struct timers requests = { LIST_EMPTY(requests.list) };
static struct timers contents = { LIST_EMPTY(contents.list) };
static struct timers idles = { LIST_EMPTY(idles.list) };
static struct timers relays = { LIST_EMPTY(relays.list) };
static struct list dead = LIST_EMPTY(dead);

/* A client without TLS is told so, once, in clear. Nothing of its own was looked at. */
static enum conn_turn refuse_plain(struct conn *c)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n"
				   "content-type: text/plain\r\n"
				   "content-length: 60\r\n"
				   "connection: close\r\n\r\n"
				   "This port speaks TLS: ask again, with https:// in the place.\n";

	source_drop(c->source, SOURCE_HANDSHAKES);
	(void)send(c->outer.fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
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
	source_drop(c->source, SOURCE_HANDSHAKES);
	c->in.more = tls_has_more(c->ssl);
	c->stage = REQUEST;
	return CONN_ON;
}

/* Whoever is resumed goes on: by the quoter's answer, or with a place that another gave back. */
static enum conn_turn step_waiting(struct conn *c)
{
	(void)c;
	return CONN_WAIT;
}

static enum conn_turn step_dial(struct conn *c)
{
	if (c->dialed)
		return CONN_WAIT;
	return dialing_ask(c) ? CONN_WAIT : conn_refuse(c);
}

static enum conn_turn step_relay(struct conn *c)
{
	enum conn_turn turn = relay_move(c);

	if (c->stage == RELAY && relay_awaits_container(c))
		timer_start(&relays, &c->timer);
	return turn;
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
	/* The inner connection is not needed any more, if there was one. */
	conn_drop_inner(c);
	return relay_discard(c);
}

static enum conn_turn (*const steps[])(struct conn *c) = {
	[HANDSHAKE] = step_handshake, [REQUEST] = front_request, [CONTENT] = front_content,
	[ASKED] = step_waiting,	      [UPLOAD] = step_waiting,	 [DIAL] = step_dial,
	[CONNECT] = relay_connect,    [RELAY] = step_relay,	 [ANSWER] = step_answer,
	[SHUT] = step_shut,	      [LINGER] = step_linger,
};

/* Starts the timer of the stage when that has changed. */
static void keep_time(struct conn *c)
{
	static struct timers *const of[] = {
		[HANDSHAKE] = &handshakes, [REQUEST] = &idles, [CONTENT] = &contents,
		[ASKED] = &idles,	   [DIAL] = &requests, [RELAY] = &relays,
		[ANSWER] = &requests,	   [SHUT] = &requests, [LINGER] = &requests,
	};
	bool goes_on = c->stage == UPLOAD || c->stage == CONNECT ||
		       (c->stage == LINGER && c->timed == SHUT);

	if (c->stage == c->timed)
		return;
	if (!goes_on)
		timer_start(c->stage == REQUEST && c->in.buf ? &requests : of[c->stage], &c->timer);
	c->timed = c->stage;
}

static bool waits(const struct conn *c)
{
	return c->stage == ASKED || c->stage == UPLOAD || c->stage == DIAL || c->stage == CONNECT;
}

static uint32_t wants_outer(const struct conn *c)
{
	switch (c->stage) {
	case HANDSHAKE:
		return c->ssl && tls_wants_write(c->ssl) ? EPOLLOUT : EPOLLIN;
	case ASKED:
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

static void reset_at_close(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* It is reset: only what came whole may look so. */
void conn_drop_inner(struct conn *c)
{
	bool is_out = c->stage == CONNECT || c->stage == RELAY;

	upload_end(c);
	if (c->inner.fd >= 0 && is_out && !c->in.shut)
		reset_at_close(c->inner.fd);
	dialing_release(c);
	loop_close(&c->inner);
	c->reused = false;
}

static void end(struct conn *c)
{
	if (c->stage == HANDSHAKE)
		source_drop(c->source, SOURCE_HANDSHAKES);
	source_drop(c->source, SOURCE_CONNS);
	conn_drop_inner(c);
	batch_release(c);
	list_remove(&c->waits);
	timer_stop(&c->timer);
	loop_close(&c->outer);
	SSL_free(c->ssl);
	flow_free(&c->in);
	flow_free(&c->out);
	answer_free(c->answer);
	memory_give(c->evidence);
	c->stage = DEAD;
	list_append(&dead, &c->waits);
}

/* Without a word, and without the kernel keeping what is left of it. */
static void evict(struct conn *c)
{
	reset_at_close(c->outer.fd);
	end(c);
}

void conn_resume(struct conn *c, enum conn_turn turn)
{
	keep_time(c);
	for (int i = 0; turn == CONN_ON && i < STEPS_MAX; i++) {
		turn = steps[c->stage](c);
		keep_time(c);
	}
	if (turn == CONN_ON)
		loop_again(&c->outer);
	if (turn == CONN_END || loop_watch(&c->outer, wants_outer(c)) < 0 ||
	    (c->inner.fd >= 0 && loop_watch(&c->inner, wants_inner(c)) < 0))
		end(c);
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

	conn_resume(c, has_left(c) ? CONN_END : CONN_ON);
}

static void inner_ready(struct watch *watch)
{
	conn_resume(list_owner(watch, struct conn, inner), CONN_ON);
}

static bool does_nothing(const struct conn *c)
{
	return c->stage == HANDSHAKE || c->stage == REQUEST || c->stage == SHUT ||
	       c->stage == LINGER;
}

/* The first in a list that is of one of those who hold so many; busy: even if it does something.
 * only: of this source; NULL: of any. */
static struct conn *find(const struct timers *timers, enum source_kind kind, size_t holds,
			 const struct source *only, bool busy)
{
	for (struct list *link = timers->list.next; link != &timers->list; link = link->next) {
		struct conn *c = list_owner(link, struct conn, timer.link);

		if ((only ? c->source == only : c->source->n[kind] == holds) &&
		    (busy || does_nothing(c)) && (c->dialed || kind != SOURCE_INNER))
			return c;
	}
	return NULL;
}

/* One that can be missed least of all comes last. */
static bool spare_conn(const struct source *source)
{
	static const struct timers *const order[] = { &handshakes, &requests, &idles, &contents,
						      &relays };
	enum source_cost cost = source_cost(source, SOURCE_CONNS, CONNS_MAX);
	size_t most = cost == SOURCE_LARGEST ? source_most(SOURCE_CONNS) : 0, n = 5;
	/* Whoever has that many must not keep others out by being busy, either. */
	int tries = most > CONNS_MAX / 4 ? 2 : 1;

	for (size_t i = 0; cost != SOURCE_NOBODYS && i < n * (size_t)tries; i++) {
		struct conn *c = find(order[i % n], SOURCE_CONNS, most,
				      cost == SOURCE_OWN ? source : NULL, i >= n);

		if (c) {
			evict(c);
			return true;
		}
	}
	return cost == SOURCE_NOBODYS;
}

static void spare_handshake(const struct source *source)
{
	enum source_cost cost = source_cost(source, SOURCE_HANDSHAKES, HANDSHAKES_MAX);
	struct conn *c;

	if (cost == SOURCE_NOBODYS)
		return;
	c = find(&handshakes, SOURCE_HANDSHAKES, source_most(SOURCE_HANDSHAKES),
		 cost == SOURCE_OWN ? source : NULL, true);
	if (c)
		evict(c);
}

/* One that has served a request and waits for the next one: its client does not miss it. */
static bool drop_idle_inner(const struct source *only, size_t most)
{
	for (struct list *link = idles.list.next; link != &idles.list; link = link->next) {
		struct conn *c = list_owner(link, struct conn, timer.link);

		if (c->stage == REQUEST && c->dialed &&
		    (only ? c->source == only : c->source->n[SOURCE_INNER] == most)) {
			conn_drop_inner(c);
			return true;
		}
	}
	return false;
}

bool conn_spare_inner(const struct source *source)
{
	static const struct timers *const order[] = { &relays, &contents, &requests };
	enum source_cost cost = source_cost(source, SOURCE_INNER, DIALING_MAX);
	size_t most = source_most(SOURCE_INNER);

	if (cost == SOURCE_NOBODYS)
		return true;
	if (drop_idle_inner(cost == SOURCE_OWN ? source : NULL, most))
		return true;
	if (cost == SOURCE_OWN || most < source->n[SOURCE_INNER] + 2)
		return false;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct conn *c = find(order[i], SOURCE_INNER, most, NULL, true);

		if (c) {
			evict(c);
			return true;
		}
	}
	return false;
}

static struct conn *make_conn(int fd, struct source *source)
{
	struct conn *c = memory_take(sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct conn){
		.outer = { .fd = fd, .ready = outer_ready, .share = &source->share },
		.inner = { .fd = -1, .ready = inner_ready, .share = &source->share },
		.source = source,
		.stage = HANDSHAKE,
		.timed = HANDSHAKE,
	};
	list_init(&c->waits);
	timer_init(&c->timer);
	timer_start(&handshakes, &c->timer);
	source_add(source, SOURCE_CONNS);
	source_add(source, SOURCE_HANDSHAKES);
	return c;
}

/* The first step waits for its turn, as every other: who connects is no client yet. */
void conn_new(int fd, const struct sockaddr_storage *peer)
{
	struct source *source = source_take(peer);
	struct conn *c = NULL;

	if (source && spare_conn(source)) {
		spare_handshake(source);
		c = make_conn(fd, source);
	}
	if (c) {
		conn_resume(c, CONN_WAIT);
		return;
	}
	if (source)
		source_give(source);
	reset_at_close(fd);
	(void)close(fd);
}

enum conn_turn conn_answer(struct conn *c, struct answer *answer)
{
	memory_give(c->evidence);
	c->evidence = NULL;
	if (!answer)
		return CONN_END;
	if (c->is_head)
		answer_without_content(answer);
	c->answer = answer;
	c->stage = ANSWER;
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
	bool first = !c->in.buf;
	uint8_t *room;
	size_t size;
	ssize_t n = flow_room(&c->in, max, &room, &size);

	if (n < 0)
		return n;
	n = tls_read(c->ssl, &c->others, room, size);
	flow_add(&c->in, n > 0 ? (size_t)n : 0);
	c->in.more = n > 0 && tls_has_more(c->ssl);
	c->outer.readable = false;
	/* So long may the whole head take, however it comes. */
	if (n > 0 && c->stage == REQUEST && first)
		timer_start(&requests, &c->timer);
	return n;
}

enum conn_turn conn_await_request(struct conn *c)
{
	c->stage = c->timed = REQUEST;
	timer_start(c->in.buf ? &requests : &idles, &c->timer);
	return CONN_ON;
}

void conn_await_content(struct conn *c)
{
	c->patience_ms = PATIENCE_MS;
	c->timed = c->stage;
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

	if (c->stage == UPLOAD || c->stage == DIAL || c->stage == CONNECT) {
		conn_drop_inner(c);
		conn_resume(c, conn_refuse(c));
	} else if (c->stage == REQUEST && !c->in.buf) {
		c->stage = SHUT;
		conn_resume(c, CONN_ON);
	} else {
		end(c);
	}
}

int conn_expire(void)
{
	static const struct {
		const struct timers *timers;
		int limit_ms;
	} all[] = { { &handshakes, HANDSHAKE_MS },
		    { &requests, REQUEST_MS },
		    { &contents, CONTENT_MS },
		    { &idles, IDLE_MS },
		    { &relays, IDLE_MS } };
	int wait_ms = -1;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct timer *timer;
		int ms;

		while ((timer = timers_overdue(all[i].timers, all[i].limit_ms)))
			overdue(timer);
		ms = timers_wait_ms(all[i].timers, all[i].limit_ms);
		if (ms >= 0 && (wait_ms < 0 || ms < wait_ms))
			wait_ms = ms;
	}
	return wait_ms;
}

void conn_bury(void)
{
	while (!list_empty(&dead)) {
		struct conn *c = list_owner(dead.next, struct conn, waits);

		list_remove(&c->waits);
		source_give(c->source);
		memory_give(c);
	}
}
