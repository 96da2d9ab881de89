/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/quotes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "initramfs/common/quoting.h"
#include "initramfs/common/service.h"

#define ANSWERS_MAX 64	 /* of one quote in a turn */
#define REST_MAX_MS 1000 /* between two credentials */

static const struct identity *identity;
static struct span machine;

/* Who waits, in the order of their requests, and for whom the quoter works now. Who leaves is taken
 * out of his list by whoever ends him, and is not missed. */
static struct list quotes = LIST_EMPTY(quotes), activations = LIST_EMPTY(activations);
static struct list served = LIST_EMPTY(served);
static char asked; /* QUOTING_QUOTE, QUOTING_ACTIVATE, or 0: the quoter is free */
static uint64_t n_asked;

/*
 * A TPM does not leave a credential that it has begun, so whoever asks for evidence meanwhile waits
 * for a stranger's. After each one it rests from them for twice as long as it took: most requests
 * for evidence find it free, however many credentials are sent. The timer runs since the last one was
 * asked for, or had its answer.
 */
static struct timers activating = { LIST_EMPTY(activating.list) };
static struct timer activation = { .link = LIST_EMPTY(activation.link) };
static int rest_ms;

/* The tree of the quote that is being made, and then the quote, or why there is none, until all have it. */
static struct merkle_hash tree[MERKLE_NODES_MAX];
static size_t n_leaves;
static struct span quote;
static bool is_refused;

static struct conn *owner(struct list *link)
{
	return list_owner(link, struct conn, waits);
}

static void send_message(char kind, const void *data, size_t len)
{
	uint8_t message[1 + QUOTING_CREDENTIAL_MAX];

	message[0] = (uint8_t)kind;
	memcpy(message + 1, data, len);
	if (send(SERVICE_QUOTER, message, 1 + len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		loop_end("its quoter", -errno);
	explicit_bzero(message, 1 + len);
	asked = kind;
}

static void add_leaf(struct conn *c)
{
	struct evidence_request *request = c->evidence;
	struct binding_leaf leaf;

	binding_leaf(request->nonce, span_of(identity->spki, sizeof(identity->spki)),
		     request->exporter, &leaf);
	merkle_leaf(leaf.bytes, sizeof(leaf.bytes), &tree[n_leaves]);
	request->index = n_leaves++;
}

/* Whether its source has had half of the leaves of this quote. */
static bool has_half(struct source *source)
{
	if (source->quote != n_asked)
		source->n_leaves = 0;
	source->quote = n_asked;
	return source->n_leaves >= MERKLE_LEAVES_MAX / 2;
}

/* In their order; all: even those of whose source there are many. */
static void add_leaves(bool all)
{
	struct list *link = quotes.next;

	while (link != &quotes && n_leaves < MERKLE_LEAVES_MAX) {
		struct conn *c = owner(link);

		link = link->next;
		if (!all && has_half(c->source))
			continue;
		c->source->n_leaves++;
		list_remove(&c->waits);
		list_append(&served, &c->waits);
		add_leaf(c);
	}
}

static void ask_quote(void)
{
	n_asked++;
	n_leaves = 0;
	add_leaves(false);
	add_leaves(true);
	(void)merkle_build(tree, n_leaves);
	send_message(QUOTING_QUOTE, &tree[merkle_nodes(n_leaves) - 1], MERKLE_LEN);
}

static void ask_activation(void)
{
	struct conn *c = owner(activations.next);

	for (struct list *link = activations.next; link != &activations; link = link->next)
		if (owner(link)->source->activated < c->source->activated)
			c = owner(link);
	c->source->activated = ++n_asked;
	list_remove(&c->waits);
	list_append(&served, &c->waits);
	timer_start(&activating, &activation);
	send_message(QUOTING_ACTIVATE, c->credential.p, c->credential.left);
}

int quotes_ask(void)
{
	static bool quoted_last;
	int rest = timers_wait_ms(&activating, rest_ms);
	bool activates = !list_empty(&activations) && rest <= 0;

	if (asked || quote.left > 0)
		return -1;
	quoted_last = !list_empty(&quotes) && (!activates || !quoted_last);
	if (quoted_last)
		ask_quote();
	else if (activates)
		ask_activation();
	return asked || list_empty(&activations) ? -1 : rest;
}

static struct answer *evidence_answer(const struct conn *c)
{
	size_t size = EVIDENCE_REQUEST_MAX + quote.left;
	struct answer_content content = { .type = "application/json", .shared = machine };
	struct answer *answer;
	struct merkle_path path;
	char *text;

	if (is_refused)
		return answer_error(503, "retry-after: 10\r\n", "unavailable", quote,
				    c->keep_alive);
	text = malloc(size);
	if (!text)
		return NULL;
	(void)merkle_path(tree, n_leaves, c->evidence->index, &path);
	content.own = span_of(text, evidence_request(c->evidence, &path, quote, text, size));
	answer = answer_new(200, "", &content, c->keep_alive);
	explicit_bzero(text, content.own.left);
	free(text);
	return answer;
}

/* The text becomes part of JSON; so much is asked of it. */
static bool is_text(struct span text)
{
	for (size_t i = 0; i < text.left; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return text.left > 0;
}

/* Each has his answer written in a turn of his own, and thousands may have waited. */
static void hand_out(struct watch *watch)
{
	for (int i = 0; i < ANSWERS_MAX && !list_empty(&served); i++) {
		struct conn *c = owner(served.next);

		list_remove(&c->waits);
		conn_wake(c, conn_answer(c, evidence_answer(c)));
	}
	if (list_empty(&served))
		quote = span_of(NULL, 0);
	else
		loop_again(watch);
}

static int quoted(struct watch *watch, char kind, struct span text)
{
	is_refused = kind == QUOTING_REFUSED;
	if ((kind != QUOTING_QUOTE && !is_refused) || !is_text(text))
		return -EPROTO;
	quote = text;
	hand_out(watch);
	return 0;
}

static int activated(char kind, struct span data)
{
	const struct answer_content secret = { .type = "application/octet-stream", .own = data };
	int64_t took_ms = timer_lasted_ms(&activation);
	struct conn *c = owner(served.next);
	struct answer *answer;

	rest_ms = took_ms < REST_MAX_MS / 2 ? 2 * (int)took_ms : REST_MAX_MS;
	timer_start(&activating, &activation);

	if (kind == QUOTING_ACTIVATE ? data.left == 0 || data.left > QUOTING_SECRET_MAX
				     : kind != QUOTING_REFUSED || !is_text(data))
		return -EPROTO;
	if (list_empty(&served))
		return 0;
	list_remove(&c->waits);
	conn_give(c, SOURCE_ACTIVATIONS);
	if (kind == QUOTING_ACTIVATE)
		answer = answer_new(200, "", &secret, c->keep_alive);
	else
		answer = answer_error(422, "", NULL, data, c->keep_alive);
	conn_wake(c, conn_answer(c, answer));
	return 0;
}

/* One message: its kind, and the rest, which lasts until the next one. */
static int receive(int flags, char *ret_kind, struct span *ret_rest)
{
	static uint8_t message[QUOTING_MAX + 1];
	ssize_t n = recv(SERVICE_QUOTER, message, sizeof(message), flags);

	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (n == 0)
		return -EPIPE;
	if (n > QUOTING_MAX)
		return -EPROTO;
	*ret_kind = (char)message[0];
	*ret_rest = span_of(message + 1, (size_t)n - 1);
	return 0;
}

static void answered(struct watch *watch)
{
	struct span rest = { 0 };
	char kind, question = asked;
	int r;

	if (quote.left > 0) {
		hand_out(watch);
		return;
	}
	r = receive(MSG_DONTWAIT, &kind, &rest);
	asked = 0;
	if (r == 0 && question == QUOTING_QUOTE)
		r = quoted(watch, kind, rest);
	else if (r == 0 && question == QUOTING_ACTIVATE)
		r = activated(kind, rest);
	else if (r == 0)
		r = -EPROTO;
	if (r == 0 && question == QUOTING_ACTIVATE)
		explicit_bzero((void *)(uintptr_t)rest.p, rest.left);
	if (r < 0)
		loop_end("its quoter", r);
}

int quotes_hello(char **ret_text, size_t *ret_len)
{
	struct span rest;
	char kind, *text;
	int r = receive(0, &kind, &rest);

	if (r < 0)
		return r;
	if (kind != QUOTING_HELLO || !is_text(rest))
		return -EPROTO;
	text = malloc(rest.left);
	if (!text)
		return -ENOMEM;
	memcpy(text, rest.p, rest.left);
	*ret_text = text;
	*ret_len = rest.left;
	return 0;
}

int quotes_start(const struct identity *of, struct span machine_text)
{
	static struct watch watch = { .fd = SERVICE_QUOTER, .ready = answered };

	identity = of;
	machine = machine_text;
	return loop_watch(&watch, EPOLLIN);
}

void quotes_add(struct conn *c)
{
	list_append(&quotes, &c->waits);
}

bool quotes_activate(struct conn *c)
{
	if (source_total(SOURCE_ACTIVATIONS) == QUOTES_ACTIVATIONS_MAX ||
	    c->source->n[SOURCE_ACTIVATIONS] == QUOTES_ACTIVATIONS_SHARE)
		return false;
	conn_take(c, SOURCE_ACTIVATIONS);
	c->activated = true;
	list_append(&activations, &c->waits);
	return true;
}
