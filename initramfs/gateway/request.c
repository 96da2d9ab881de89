/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "initramfs/gateway/relay.h"
#include "initramfs/gateway/rules.h"
#include "initramfs/gateway/target.h"
#include "initramfs/gateway/upload.h"
#include "initramfs/gateway/wellknown.h"

static const struct plan *plan;

void request_init(const struct plan *of)
{
	plan = of;
}

static enum conn_turn malformed(struct conn *c)
{
	return conn_refuse(c, 400, "malformed", "malformed request");
}

static enum conn_turn too_large(struct conn *c)
{
	return conn_refuse(c, 413, "content_too_large", "the content of this request is too large");
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
		return conn_refuse(c, 503, "busy", "too many large requests at once");
	c->in.ended = n == 0;
	return n < 0 ? CONN_END : CONN_ON;
}

/* "The gateway's own" is not a thing that a rule decides. */
static enum conn_turn refuse_by_rule(struct conn *c, const struct http_request *request)
{
	char methods[RULES_METHODS_MAX], allow[RULES_METHODS_MAX + 16];

	switch (rules_judge(plan, request)) {
	case RULES_AMBIGUOUS:
		return conn_refuse(c, 400, "ambiguous_path",
				   "this path can be read in several ways");
	case RULES_NO_PATH:
		return conn_refuse(c, 404, "unknown_url", "there is no such path");
	case RULES_NO_METHOD:
		rules_methods(plan, request->path, methods);
		(void)snprintf(allow, sizeof(allow), "allow: %s\r\n", methods);
		return conn_answer(c, answer_refusal(405, allow, "method_not_allowed",
						     "this path has another method"));
	case RULES_TOO_LARGE:
		return too_large(c);
	case RULES_PASS:
		break;
	}
	c->stage = CONTENT;
	return CONN_ON;
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
	if (http_parse_request(head, &request) < 0)
		return malformed(c);
	exchange_begin(&c->exchange, &request);
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
		return malformed(c);
	return c->ours ? wellknown_serve(c, &request) : refuse_by_rule(c, &request);
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
		return malformed(c);
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

/* Only where the plan says so, and only if no program reads a request in it: its first byte is no
 * capital letter, as methods have, and no CR, which a request may have before it. */
static bool is_raw(const struct conn *c, struct span bytes)
{
	uint8_t first = bytes.left > 0 ? bytes.p[0] : 'A';

	return plan->raw && !c->http && !(first >= 'A' && first <= 'Z') && first != '\r';
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
		return conn_refuse(c, 431, "head_too_large",
				   "the head of a request has at most 65536 bytes");
	default:
		return malformed(c);
	}
}

enum conn_turn request_pass(struct conn *c)
{
	c->exchange.continued = c->continued;
	c->stage = c->inner.fd < 0 ? DIAL : RELAY;
	if (c->stage == RELAY && !framing_whole(&c->exchange.request))
		conn_await_content(c);
	return CONN_ON;
}

/* The content is too large to be collected. */
static enum conn_turn upload(struct conn *c)
{
	if (c->holds[SOURCE_UPLOADS] || upload_begin(c))
		return request_pass(c);
	c->stage = UPLOAD;
	return CONN_ON;
}

/* Whether what is there, or was announced, is more than is collected. */
static bool is_large(const struct conn *c)
{
	return c->exchange.request.announced > REQUEST_COLLECTED_MAX ||
	       c->in.ready - c->head_len > REQUEST_COLLECTED_MAX;
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
		return malformed(c);
	if (!c->ours && x->request.announced > c->content_max)
		return too_large(c);
	if (len > 0 && !conn_progress(c, len))
		return CONN_END;
	if (framing_whole(&x->request))
		return c->ours ? wellknown_content(c) : request_pass(c);
	if (is_large(c))
		return upload(c);
	if (c->expects && !c->continued) {
		c->continued = true;
		return conn_answer(c, answer_continue());
	}
	return read_on(c, c->head_len + REQUEST_COLLECTED_MAX + FLOW_SIZE);
}
