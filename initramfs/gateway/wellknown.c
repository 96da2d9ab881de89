/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/wellknown.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "initramfs/common/quoting.h"
#include "initramfs/gateway/memory.h"
#include "initramfs/gateway/metrics.h"
#include "initramfs/gateway/quotes.h"
#include "initramfs/gateway/ready.h"
#include "initramfs/gateway/target.h"
#include "measure/lib/array.h"

#define NONCE_TEXT_MAX 44 /* 32 bytes in base64 */

static bool has_metrics, has_status;

void wellknown_init(bool metrics, bool status)
{
	has_metrics = metrics;
	has_status = status;
}

enum conn_turn wellknown_fail(struct conn *c, int status, const char *fields, const char *why)
{
	return conn_answer(
		c, answer_error(status, fields, NULL, span_of(why, strlen(why)), c->keep_alive));
}

static enum conn_turn fail_for_good(struct conn *c, int status, const char *why)
{
	c->keep_alive = false;
	return wellknown_fail(c, status, "", why);
}

static enum conn_turn tell_index(struct conn *c, const struct http_request *request)
{
	static const char text[] = "{\"schema\":\"rampart/1\",\"evidence\":\"" TARGET_PREFIX
				   "/evidence\",\"activate\":\"" TARGET_PREFIX "/activate\"}\n";
	const struct answer_content content = { .type = "application/json",
						.own = span_of(text, sizeof(text) - 1) };

	(void)request;
	return conn_answer(c, answer_new(200, "", &content, c->keep_alive));
}

/* "nonce=" and 32 bytes in base64, of which anything may be percent-encoded: to programs that make
 * queries, '+', '/' and '=' are special. */
static int read_nonce(struct span query, uint8_t ret_nonce[static BINDING_LEN])
{
	static const char key[] = "nonce=";
	uint8_t text[NONCE_TEXT_MAX];
	size_t len = 0;

	if (query.left < sizeof(key) - 1 || memcmp(query.p, key, sizeof(key) - 1) != 0)
		return -EBADMSG;
	(void)span_skip(&query, sizeof(key) - 1);
	while (query.left > 0) {
		int c = target_encoded(query);

		if (len == sizeof(text))
			return -EBADMSG;
		text[len++] = c < 0 ? query.p[0] : (uint8_t)c;
		(void)span_skip(&query, c < 0 ? 1 : 3);
	}
	return evidence_nonce(span_of(text, len), ret_nonce);
}

/* HEAD gets no evidence made: its length is not known, and so not said. */
static enum conn_turn give_evidence(struct conn *c, const struct http_request *request)
{
	static const struct answer_content none = { 0 };
	struct evidence_request *evidence = memory_take(sizeof(*evidence));

	if (!evidence)
		return CONN_END;
	c->evidence = evidence;
	if (read_nonce(request->query, evidence->nonce) < 0)
		return wellknown_fail(c, 400, "",
				      "nonce must be 32 bytes in base64, or base64url without =");
	if (c->is_head)
		return conn_answer(c, answer_new(200, "content-type: application/json\r\n", &none,
						 c->keep_alive));
	if (tls_exporter(c->ssl, evidence->exporter) < 0)
		return CONN_END;
	c->stage = ASKED;
	quotes_add(c);
	return CONN_ON;
}

/* What is wrong with a POST is said without reading its content, and ends the connection. */
static enum conn_turn activate(struct conn *c, const struct http_request *request)
{
	c->keep_alive = false;
	if (!request->has_length)
		return wellknown_fail(c, 411, "", "content-length is missing");
	if (request->length > QUOTING_CREDENTIAL_MAX)
		return wellknown_fail(c, 413, "", "a credential has at most 2048 bytes");
	if (request->length == 0)
		return wellknown_fail(c, 400, "", "the credential is missing");
	c->keep_alive = request->keep_alive;
	c->request_len = 0; /* what is answered before the content is no end of it */
	c->stage = CONTENT;
	return CONN_ON;
}

enum conn_turn wellknown_content(struct conn *c)
{
	static const char busy[] = "retry-after: 1\r\n";
	struct span bytes = flow_bytes(&c->in);

	(void)span_skip(&bytes, c->head_len);
	c->request_len = c->in.ready;
	if (span_take(&bytes, c->in.ready - c->head_len, &c->credential) < 0)
		return CONN_END;
	if (c->activated)
		return wellknown_fail(c, 503, busy,
				      "this connection has had its one credential opened");
	if (!quotes_activate(c))
		return wellknown_fail(c, 503, busy, "too many credentials wait for the TPM");
	c->stage = ASKED;
	return CONN_ON;
}

static enum conn_turn tell_metrics(struct conn *c, const struct http_request *request)
{
	struct answer_content content = { .type = METRICS_TYPE };
	struct sysinfo info = { 0 };

	(void)request;
	if (sysinfo(&info) < 0)
		return CONN_END;
	content.own = metrics_text(loop_now_ns(), (info.freeram + info.bufferram) * info.mem_unit);
	return conn_answer(c, answer_new(200, "", &content, c->keep_alive));
}

static enum conn_turn tell_status(struct conn *c, const struct http_request *request)
{
	char text[STATUS_TEXT_MAX];
	const struct answer_content content = {
		.type = "application/json",
		.own = span_of(text, status_text(ready_status(), text)),
	};

	(void)request;
	return conn_answer(c, answer_new(200, "", &content, c->keep_alive));
}

static const struct route {
	const char *path, *method;
	const char *allow; /* the methods, for those who come with another one, or ask */
	enum conn_turn (*serve)(struct conn *c, const struct http_request *request);
} routes[] = {
	{ TARGET_PREFIX, "GET", "allow: GET, HEAD, OPTIONS\r\n", tell_index },
	{ TARGET_PREFIX "/evidence", "GET", "allow: GET, HEAD, OPTIONS\r\n", give_evidence },
	{ TARGET_PREFIX "/activate", "POST", "allow: POST, OPTIONS\r\n", activate },
	{ TARGET_PREFIX "/metrics", "GET", "allow: GET, HEAD, OPTIONS\r\n", tell_metrics },
	{ TARGET_PREFIX "/status", "GET", "allow: GET, HEAD, OPTIONS\r\n", tell_status },
};

static const struct route *find_route(struct span path)
{
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		if (target_is(path, routes[i].path) &&
		    (has_metrics || routes[i].serve != tell_metrics) &&
		    (has_status || routes[i].serve != tell_status))
			return &routes[i];
	return NULL;
}

static bool method_is(const struct http_request *request, const char *method)
{
	return request->method.left == strlen(method) &&
	       !memcmp(request->method.p, method, request->method.left);
}

/* Methods whose requests have no content. */
static bool is_safe(const struct http_request *request)
{
	return method_is(request, "GET") || method_is(request, "HEAD") ||
	       method_is(request, "OPTIONS");
}

enum conn_turn wellknown_serve(struct conn *c, const struct http_request *request)
{
	static const struct answer_content none = { 0 };
	const struct route *route = find_route(request->path);
	const char *method;

	c->is_head = method_is(request, "HEAD");
	if (c->head_len > WELLKNOWN_HEAD_MAX)
		return fail_for_good(c, 431, "the head of a request has at most 8192 bytes");
	if (request->expects && !request->expects_continue)
		return fail_for_good(c, 417, "only 100-continue can be expected here");
	if (is_safe(request) && http_has_content(request))
		return fail_for_good(c, 400, "a request with this method has no content here");
	c->keep_alive = request->keep_alive && is_safe(request);
	c->request_len = c->head_len;
	if (!is_ready() && (!route || route->serve != tell_status))
		return conn_refuse_with(c, REFUSAL_NOT_READY, refusals[REFUSAL_NOT_READY].fields,
					c->keep_alive);
	if (!route)
		return wellknown_fail(c, 404, "", "there is no such path");
	if (method_is(request, "OPTIONS"))
		return conn_answer(c, answer_new(204, route->allow, &none, c->keep_alive));
	method = c->is_head ? "GET" : route->method;
	if (strcmp(method, route->method) || !(c->is_head || method_is(request, method)))
		return wellknown_fail(c, 405, route->allow, "this path has another method");
	return route->serve(c, request);
}
