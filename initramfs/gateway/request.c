/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "initramfs/gateway/keys.h"
#include "initramfs/gateway/paced.h"
#include "initramfs/gateway/places.h"
#include "initramfs/gateway/ready.h"
#include "initramfs/gateway/relay.h"
#include "initramfs/gateway/rules.h"
#include "initramfs/gateway/target.h"
#include "initramfs/gateway/wellknown.h"

static const struct plan *plan;
static struct rate_bucket clients[PLAN_TOKENS_MAX]; /* by keys_client() */
static struct places running = { .kind = SOURCE_RUNNING,
				 .waiting_kind = SOURCE_QUEUED,
				 .waiting = LIST_EMPTY(running.waiting) };
static struct places uploads = { .kind = SOURCE_UPLOADS,
				 .waiting_kind = SOURCE_DELAYED,
				 .all = UPLOADS_MAX,
				 .waiting_max = SIZE_MAX,
				 .waiting = LIST_EMPTY(uploads.waiting) };

void request_init(const struct plan *of)
{
	plan = of;
	running.all = of->concurrency;
	running.waiting_max = of->queue;
	conn_isolate(of->pool);
	paced_init((unsigned)of->pace, of->padding);
}

void request_grant(void)
{
	places_grant(&running);
	places_grant(&uploads);
}

/* Reads on; what is there cannot be judged yet. */
static enum conn_turn read_on(struct conn *c, size_t max)
{
	ssize_t n;

	if (c->in.ended) {
		c->stage = SHUT;
		return CONN_ON;
	}
	if (!c->outer.readable && !c->in.more)
		return CONN_WAIT;
	n = conn_read(c, max);
	if (n == -EAGAIN)
		return CONN_WAIT;
	if (n == -ENOMEM)
		return conn_refuse(c, REFUSAL_MEMORY);
	c->in.ended = n == 0;
	return n < 0 ? CONN_END : CONN_ON;
}

static enum conn_turn refuse_method(struct conn *c, struct span path)
{
	char methods[RULES_METHODS_MAX], allow[RULES_METHODS_MAX + 16];

	rules_methods(plan, path, methods);
	(void)snprintf(allow, sizeof(allow), "allow: %s\r\n", methods);
	return conn_refuse_with(c, REFUSAL_METHOD, allow, false);
}

/* The next one may be in time: the connection, whose rate it is, goes on if that can be. */
static enum conn_turn refuse_early(struct conn *c, bool whole)
{
	char later[48];

	(void)snprintf(later, sizeof(later), "retry-after: %d\r\n", c->wait_s);
	c->request_len = whole ? c->in.ready : 0;
	return conn_refuse_with(c, REFUSAL_RATE, later, whole && c->exchange.keep_alive);
}

/* client: -1 if nobody needs a key. Seconds until there is a token for it, rounded up, or 0, and it
 * is taken. */
static int take_token(struct conn *c, int client)
{
	int64_t now_ns = loop_now_ns(), wait_ns = rate_wait(&c->rate, &plan->rate, now_ns);

	if (client >= 0) {
		int64_t other_ns = rate_wait(&clients[client], &plan->rate, now_ns);

		wait_ns = wait_ns > other_ns ? wait_ns : other_ns;
	}
	if (wait_ns > 0)
		return (int)((wait_ns + 999999999) / 1000000000);
	rate_take(&c->rate, &plan->rate, now_ns);
	if (client >= 0)
		rate_take(&clients[client], &plan->rate, now_ns);
	return 0;
}

/* Who asks, and how often. The container has no use for a key, and nobody else who reads there. */
static enum conn_turn judge_client(struct conn *c, const struct http_request *request)
{
	const struct span line = request->authorization_line;
	int client = -1;

	if (plan->n_token > 0) {
		client = keys_client(plan, request);
		if (client < 0)
			return conn_refuse(c, REFUSAL_KEY);
		flow_cut(&c->in, (size_t)(line.p - flow_bytes(&c->in).p), line.left);
		c->head_len = c->in.ready;
	}
	c->wait_s = plan->rate.n ? take_token(c, client) : 0;
	if (c->wait_s > 0 && (request->expects_continue || framing_whole(&c->exchange.request)))
		return refuse_early(c, !request->expects_continue);
	c->stage = CONTENT;
	return CONN_ON;
}

/* "The gateway's own" is not a thing that a rule decides. */
static enum conn_turn judge_other(struct conn *c, const struct http_request *request)
{
	switch (rules_judge(plan, request)) {
	case RULES_AMBIGUOUS:
		return conn_refuse(c, REFUSAL_AMBIGUOUS);
	case RULES_CONTENT:
		return conn_refuse(c, REFUSAL_NO_CONTENT);
	case RULES_UPGRADE:
		return conn_refuse(c, REFUSAL_UPGRADE);
	case RULES_NO_PATH:
		return conn_refuse(c, REFUSAL_PATH);
	case RULES_NO_METHOD:
		return refuse_method(c, request->path);
	case RULES_TOO_LARGE:
		return conn_refuse(c, REFUSAL_CONTENT);
	case RULES_PASS:
		break;
	}
	return judge_client(c, request);
}

static enum conn_turn judge(struct conn *c, struct span head)
{
	enum target_owner owner = TARGET_OTHER;
	struct http_request request;

	c->scan = (struct http_scan){ 0 };
	c->line_dropped = c->line_judged = c->continued = false;
	c->http = true;
	c->is_head = false;
	c->request_len = 0;
	c->wait_s = 0;
	c->answered = false;
	if (http_parse_request(head, &request) < 0)
		return conn_refuse(c, REFUSAL_MALFORMED);
	exchange_begin(&c->exchange, &request);
	c->exchange.paces = paced_wanted();
	c->is_head = c->exchange.head;
	c->head_len = c->in.ready = head.left;
	c->expects = request.expects_continue;
	c->content_max = rules_content_max(plan);
	if (request.form != HTTP_ASTERISK)
		owner = target_owner(request.path);
	c->ours = owner == TARGET_OURS;
	if (http_has_content(&request))
		conn_await_content(c);
	if (owner == TARGET_MASKED)
		return conn_refuse(c, REFUSAL_MALFORMED);
	if (!c->ours && !is_ready())
		return conn_refuse(c, REFUSAL_NOT_READY);
	return c->ours ? wellknown_serve(c, &request) : judge_other(c, &request);
}

/* A head of ours that is too long need not come whole to be refused. */
static bool is_long_and_ours(struct conn *c, struct span bytes)
{
	struct http_request request;

	if (bytes.left < WELLKNOWN_HEAD_MAX || c->scan.first == 0 || c->line_judged)
		return false;
	c->line_judged = true;
	return http_parse_request_line(span_of(bytes.p, c->scan.first), &request) == 0 &&
	       request.form != HTTP_ASTERISK && target_owner(request.path) == TARGET_OURS;
}

static enum conn_turn await_head(struct conn *c, struct span bytes)
{
	if (!http_may_begin(bytes))
		return conn_refuse(c, REFUSAL_MALFORMED);
	if (is_long_and_ours(c, bytes)) {
		c->keep_alive = false;
		return wellknown_fail(c, 431, "", "the head of a request has at most 8192 bytes");
	}
	return read_on(c, HTTP_HEAD_MAX);
}

/* Some clients end a content with a line that is not counted: RFC 9112, section 2.2 "Message
 * Parsing". The container does not see it. */
static bool drop_empty_line(struct conn *c)
{
	struct span bytes = flow_bytes(&c->in);

	if (c->line_dropped || bytes.left == 0 || bytes.p[0] != '\r')
		return false;
	if (bytes.left == 1)
		return true;
	c->line_dropped = true;
	if (bytes.p[1] == '\n')
		flow_drop(&c->in, 2);
	if (!c->in.buf)
		(void)conn_await_request(c);
	return false;
}

/* Only where the plan says so, when there is a container, and only if no program reads a request in
 * it: its first byte is no capital letter, as methods have, and no CR, which a request may have
 * before it. */
static bool is_raw(const struct conn *c, struct span bytes)
{
	uint8_t first = bytes.left > 0 ? bytes.p[0] : 'A';

	return plan->raw && is_ready() && !c->http && !(first >= 'A' && first <= 'Z') &&
	       first != '\r';
}

enum conn_turn request_head(struct conn *c)
{
	struct span bytes;
	size_t len;

	if (c->inner.readable && !relay_idle(c))
		return c->stage == SHUT ? CONN_ON : CONN_END;
	if (drop_empty_line(c))
		return read_on(c, HTTP_HEAD_MAX);
	bytes = flow_bytes(&c->in);
	if (is_raw(c, bytes)) {
		c->raw = true;
		c->stage = DIAL;
		return CONN_ON;
	}
	switch (http_scan(&c->scan, bytes, &len)) {
	case 0:
		return judge(c, span_of(bytes.p, len));
	case -EAGAIN:
		return await_head(c, bytes);
	case -EFBIG:
		return conn_refuse(c, REFUSAL_HEAD);
	default:
		return conn_refuse(c, REFUSAL_MALFORMED);
	}
}

/* Whether what is there, or was announced, is more than is collected. */
static bool is_large(const struct conn *c)
{
	return c->exchange.request.announced > REQUEST_COLLECTED_MAX ||
	       c->in.ready - c->head_len > REQUEST_COLLECTED_MAX;
}

/* An inner connection from before would be held for nothing, and its end would not be seen. Who has
 * some of the queue is told that it is his own doing. */
static enum conn_turn enter_queue(struct conn *c)
{
	bool own = c->source->n[SOURCE_QUEUED] > 0;

	conn_drop_inner(c);
	c->stage = QUEUE;
	if (places_wait(&running, c))
		return CONN_ON;
	return conn_refuse(c, own ? REFUSAL_SHARE : REFUSAL_QUEUE);
}

enum conn_turn request_pass(struct conn *c)
{
	bool whole = framing_whole(&c->exchange.request);

	if (plan->concurrency && !c->holds[SOURCE_RUNNING] && !places_take(&running, c))
		return enter_queue(c);
	if (!whole && !c->holds[SOURCE_UPLOADS] && !places_take(&uploads, c)) {
		c->stage = UPLOAD;
		(void)places_wait(&uploads, c); /* as many as there are */
		return CONN_ON;
	}
	c->exchange.continued = c->continued;
	c->stage = c->inner.fd < 0 ? DIAL : RELAY;
	if (c->stage == RELAY && !whole)
		conn_await_content(c);
	return CONN_ON;
}

enum conn_turn request_content(struct conn *c)
{
	struct exchange *x = &c->exchange;
	struct span bytes = flow_bytes(&c->in);
	size_t len;
	int r;

	if (c->inner.readable && !relay_idle(c))
		return CONN_END;
	(void)span_skip(&bytes, c->in.ready);
	r = framing_take(&x->request, bytes, &len);
	c->in.ready += len;
	if (r < 0)
		return conn_refuse(c, REFUSAL_MALFORMED);
	if (!c->ours && x->request.announced > c->content_max)
		return conn_refuse(c, REFUSAL_CONTENT);
	if (len > 0 && !conn_progress(c, len))
		return CONN_END;
	if (framing_whole(&x->request))
		return c->ours	       ? wellknown_content(c)
		       : c->wait_s > 0 ? refuse_early(c, true)
				       : request_pass(c);
	if (is_large(c))
		return c->wait_s > 0 ? refuse_early(c, false) : request_pass(c);
	if (c->expects && !c->continued) {
		c->continued = true;
		return conn_answer(c, answer_continue());
	}
	return read_on(c, c->head_len + REQUEST_COLLECTED_MAX + FLOW_SIZE);
}
