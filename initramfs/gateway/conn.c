/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/gateway/memory.h"
#include "initramfs/gateway/metrics.h"
#include "measure/lib/array.h"

#define HANDSHAKES_MAX 512  /* unfinished at once */
#define INNER_MAX      1024 /* inner connections, asked for and open */
#define HANDSHAKE_MS   10000
#define REQUEST_MS     10000
#define CONTENT_MS     30000 /* from one byte of a content to the next */
#define PATIENCE_MS    10000 /* and what comes slower than a byte in a millisecond may be late */
#define IDLE_MS	       600000

/* Each in the order in which their connections were last active. */
static struct timers handshakes = { LIST_EMPTY(handshakes.list) };
static struct timers requests = { LIST_EMPTY(requests.list) };
static struct timers contents = { LIST_EMPTY(contents.list) };
static struct timers idles = { LIST_EMPTY(idles.list) };
static struct timers relays = { LIST_EMPTY(relays.list) };
static struct list dead = LIST_EMPTY(dead);
static size_t conns_max;

void conn_limit(size_t max)
{
	conns_max = max;
}

static size_t containers; /* conn_isolate() */

/* That a stage begins with. Not of UPLOAD and CONNECT, which go on with that of the one before. */
static struct timers *timers_of(const struct conn *c)
{
	static struct timers *const of[] = {
		[HANDSHAKE] = &handshakes, [REQUEST] = &idles,	 [CONTENT] = &contents,
		[ASKED] = &idles,	   [DIAL] = &requests,	 [RELAY] = &relays,
		[QUEUE] = &relays,	   [ANSWER] = &requests, [SHUT] = &requests,
		[LINGER] = &requests,
	};

	return c->stage == REQUEST && c->in.buf ? &requests : of[c->stage];
}

void conn_keep_time(struct conn *c)
{
	bool goes_on = c->stage == UPLOAD || c->stage == CONNECT ||
		       (c->stage == LINGER && c->timed == SHUT);

	if (c->stage == c->timed)
		return;
	if (!goes_on)
		timer_start(timers_of(c), &c->timer);
	c->timed = c->stage;
}

void conn_restart_time(struct conn *c)
{
	timer_start(timers_of(c), &c->timer);
}

void conn_take(struct conn *c, enum source_kind kind)
{
	source_add(c->source, kind);
	c->holds[kind] = true;
}

void conn_give(struct conn *c, enum source_kind kind)
{
	if (c->holds[kind])
		source_drop(c->source, kind);
	c->holds[kind] = false;
}

static void reset_at_close(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void conn_isolate(size_t n)
{
	containers = n;
}

/* The dialer has it open, too, if it waits for its end: dialer.h. */
static void close_inner(struct conn *c)
{
	if (containers > 0 && c->inner.fd >= 0)
		(void)shutdown(c->inner.fd, SHUT_RDWR);
	conn_give(c, SOURCE_INNER);
	loop_close(&c->inner);
	c->reused = false;
}

/* It is reset: only what came whole may look so. */
void conn_drop_inner(struct conn *c)
{
	bool is_out = c->stage == CONNECT || c->stage == RELAY;

	if (c->inner.fd >= 0 && is_out && !c->in.shut)
		reset_at_close(c->inner.fd);
	list_remove(&c->waits);
	conn_give(c, SOURCE_UPLOADS);
	conn_give(c, SOURCE_DELAYED);
	conn_give(c, SOURCE_RUNNING);
	conn_give(c, SOURCE_QUEUED);
	close_inner(c);
}

void conn_end(struct conn *c)
{
	conn_drop_inner(c);
	for (enum source_kind kind = 0; kind < _SOURCE_KINDS; kind++)
		conn_give(c, kind);
	timer_stop(&c->timer);
	timer_stop(&c->tick);
	loop_close(&c->outer);
	SSL_free(c->ssl);
	flow_free(&c->in);
	flow_free(&c->out);
	flow_free(&c->pace.held);
	answer_free(c->answer);
	memory_give(c->evidence);
	c->stage = DEAD;
	list_append(&dead, &c->waits);
}

/* Without a word, and without the kernel keeping what is left of it. */
static void evict(struct conn *c)
{
	reset_at_close(c->outer.fd);
	conn_end(c);
}

void conn_wake(struct conn *c, enum conn_turn turn)
{
	if (turn == CONN_END) {
		conn_end(c);
		return;
	}
	conn_keep_time(c);
	loop_again(&c->outer);
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
		    (busy || does_nothing(c)) && (c->holds[SOURCE_INNER] || kind != SOURCE_INNER))
			return c;
	}
	return NULL;
}

/* One that can be missed least of all comes last. */
static bool spare_conn(const struct source *source)
{
	static const struct timers *const order[] = { &handshakes, &requests, &idles, &contents,
						      &relays };
	enum source_cost cost = source_cost(source, SOURCE_CONNS, conns_max);
	size_t most = cost == SOURCE_LARGEST ? source_most(SOURCE_CONNS) : 0, n = 5;
	/* Whoever has that many must not keep others out by being busy, either. */
	int tries = most > conns_max / 4 ? 2 : 1;

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

		if (c->stage == REQUEST && c->holds[SOURCE_INNER] &&
		    (only ? c->source == only : c->source->n[SOURCE_INNER] == most)) {
			conn_drop_inner(c);
			return true;
		}
	}
	return false;
}

/* The answer of one in RELAY that has no place is whole: it still sends what nobody will read. */
static bool spare_container(void)
{
	static const struct timers *const order[] = { &idles, &requests, &contents, &relays };

	if (source_total(SOURCE_INNER) < containers)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (struct list *link = order[i]->list.next; link != &order[i]->list;
		     link = link->next) {
			struct conn *c = list_owner(link, struct conn, timer.link);

			if (!c->holds[SOURCE_INNER] || c->holds[SOURCE_RUNNING])
				continue;
			if (c->stage == RELAY)
				evict(c);
			else
				close_inner(c);
			return true;
		}
	return false;
}

bool conn_spare_inner(const struct source *source)
{
	static const struct timers *const order[] = { &relays, &contents, &requests };
	enum source_cost cost = source_cost(source, SOURCE_INNER, INNER_MAX);
	size_t most = source_most(SOURCE_INNER);

	if (containers > 0)
		return spare_container();
	if (cost == SOURCE_NOBODYS)
		return true;
	if (drop_idle_inner(cost == SOURCE_OWN ? source : NULL, most))
		return true;
	if (cost == SOURCE_OWN || most < source->n[SOURCE_INNER] + 2)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
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
		.outer = { .fd = fd, .share = &source->share },
		.inner = { .fd = -1, .share = &source->share },
		.source = source,
		.in = { .of_owner = &source->n_grown },
		.pace = { .held = { .of_owner = &source->n_grown } },
		.stage = HANDSHAKE,
		.timed = HANDSHAKE,
	};
	list_init(&c->waits);
	timer_init(&c->timer);
	timer_init(&c->tick);
	timer_start(&handshakes, &c->timer);
	conn_take(c, SOURCE_CONNS);
	conn_take(c, SOURCE_HANDSHAKES);
	metrics_count(METRIC_CONNECTIONS, 1);
	return c;
}

struct conn *conn_new(int fd, const struct sockaddr_storage *peer)
{
	struct source *source = source_take(peer);
	struct conn *c = NULL;

	if (source && spare_conn(source)) {
		spare_handshake(source);
		c = make_conn(fd, source);
	}
	if (c)
		return c;
	if (source)
		source_give(source);
	reset_at_close(fd);
	(void)close(fd);
	return NULL;
}

enum conn_turn conn_answer(struct conn *c, struct answer *answer)
{
	memory_give(c->evidence);
	c->evidence = NULL;
	if (!answer)
		return CONN_END;
	if (c->is_head)
		answer_without_content(answer);
	metrics_answer(answer->status);
	c->answer = answer;
	c->stage = ANSWER;
	return CONN_ON;
}

enum conn_turn conn_refuse_with(struct conn *c, enum refusal refusal, const char *fields,
				bool keep_alive)
{
	const struct refusal_words *words = &refusals[refusal];

	metrics_count(METRIC_REFUSED + refusal, 1);
	return conn_answer(c, answer_error(words->status, fields, words->code,
					   span_of(words->text, strlen(words->text)), keep_alive));
}

enum conn_turn conn_refuse(struct conn *c, enum refusal refusal)
{
	c->request_len = 0;
	return conn_refuse_with(c, refusal, refusals[refusal].fields, false);
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

void conn_resume_content(struct conn *c)
{
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

static void overdue(struct conn *c)
{
	if (c->stage == QUEUE || c->stage == UPLOAD || c->stage == DIAL || c->stage == CONNECT) {
		enum refusal refusal = c->stage == QUEUE ? REFUSAL_QUEUE : REFUSAL_UNAVAILABLE;

		conn_drop_inner(c);
		conn_wake(c, conn_refuse(c, refusal));
	} else if (c->stage == REQUEST && !c->in.buf) {
		c->stage = SHUT;
		conn_wake(c, CONN_ON);
	} else {
		conn_end(c);
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

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct timer *timer;
		int ms;

		while ((timer = timers_overdue(all[i].timers, all[i].limit_ms)))
			overdue(list_owner(timer, struct conn, timer));
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
