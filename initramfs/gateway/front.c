/* SPDX-License-Identifier: MIT */
#include "front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "http.h"
#include "quoting.h"

static enum conn_turn fail(struct conn *c, int status, const char *fields, const char *why)
{
	return conn_answer(c,
			   answer_error(status, fields, span_of(why, strlen(why)), c->keep_alive));
}

static enum conn_turn fail_for_good(struct conn *c, int status, const char *why)
{
	c->keep_alive = false;
	return fail(c, status, "", why);
}

static enum conn_turn tell_index(struct conn *c, const struct http_request *request)
{
	static const char text[] = "{\"schema\":\"rampart/1\",\"evidence\":\"" HTTP_PREFIX
				   "/evidence\",\"activate\":\"" HTTP_PREFIX "/activate\"}\n";
	const struct answer_content content = { .type = "application/json",
						.own = span_of(text, sizeof(text) - 1) };

	(void)request;
	return conn_answer(c, answer_new(200, "", &content, c->keep_alive));
}

static enum conn_turn give_evidence(struct conn *c, const struct http_request *request)
{
	static const char key[] = "nonce=";
	struct span nonce = request->query;
	struct evidence_request *evidence = malloc(sizeof(*evidence));

	if (!evidence)
		return CONN_END;
	c->evidence = evidence;
	if (nonce.left < sizeof(key) - 1 || memcmp(nonce.p, key, sizeof(key) - 1) != 0 ||
	    span_skip(&nonce, sizeof(key) - 1) < 0 || evidence_nonce(nonce, evidence->nonce) < 0)
		return fail(c, 400, "", "nonce must be 32 bytes in base64, or base64url without =");
	if (tls_exporter(c->ssl, evidence->exporter) < 0)
		return CONN_END;
	c->stage = ASKED;
	batch_quote(c);
	return CONN_ON;
}

static enum conn_turn activate(struct conn *c, const struct http_request *request)
{
	struct span bytes = flow_bytes(&c->in);

	if (span_at(&bytes, request->head_len, (size_t)request->length, &c->credential) < 0)
		return CONN_END;
	c->stage = ASKED;
	batch_activate(c);
	return CONN_ON;
}

static const struct route {
	const char *path;
	enum http_method method;
	const char *allow; /* the method, for those who come with another one */
	enum conn_turn (*serve)(struct conn *c, const struct http_request *request);
} routes[] = {
	{ HTTP_PREFIX, HTTP_GET, "allow: GET\r\n", tell_index },
	{ HTTP_PREFIX "/evidence", HTTP_GET, "allow: GET\r\n", give_evidence },
	{ HTTP_PREFIX "/activate", HTTP_POST, "allow: POST\r\n", activate },
};

static const struct route *find_route(struct span path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (path.left == strlen(routes[i].path) &&
		    !memcmp(path.p, routes[i].path, path.left))
			return &routes[i];
	return NULL;
}

/* Reads on; what is there cannot be answered yet. */
static enum conn_turn read_on(struct conn *c)
{
	ssize_t n = conn_read(c);

	if (n > 0)
		return CONN_ON;
	if (n == -EAGAIN)
		return CONN_WAIT;
	return CONN_END;
}

/* The content is not there yet. */
static enum conn_turn await_content(struct conn *c, const struct http_request *request)
{
	if (!request->expects_continue || c->continued)
		return read_on(c);
	c->continued = true;
	c->request_len = 0;
	return conn_answer(c, answer_continue());
}

/* What is wrong with a POST is said without reading its content, and ends the connection. */
static enum conn_turn post(struct conn *c, const struct route *route,
			   const struct http_request *request)
{
	if (!request->has_length)
		return fail(c, 411, "", "content-length is missing");
	if (request->length > QUOTING_CREDENTIAL_MAX)
		return fail(c, 413, "", "a credential has at most 2048 bytes");
	if (request->length == 0)
		return fail(c, 400, "", "the credential is missing");
	if (request->length > flow_bytes(&c->in).left - request->head_len)
		return await_content(c, request);
	c->keep_alive = request->keep_alive;
	c->request_len = request->head_len + (size_t)request->length;
	return route->serve(c, request);
}

static enum conn_turn serve(struct conn *c, const struct http_request *request)
{
	const struct route *route = find_route(request->path);

	if (request->method == HTTP_GET && (request->transfer_encoding || request->length > 0))
		return fail_for_good(c, 400, "a GET has no content here");
	c->keep_alive = request->keep_alive && request->method == HTTP_GET;
	c->request_len = request->head_len;
	if (!route)
		return fail(c, 404, "", "there is no such path");
	if (route->method != request->method)
		return fail(c, 405, route->allow, "this path has another method");
	return request->method == HTTP_POST ? post(c, route, request) : route->serve(c, request);
}

static enum conn_turn ours(struct conn *c)
{
	struct http_request request;

	switch (http_parse(flow_bytes(&c->in), &request)) {
	case 0:
		return serve(c, &request);
	case -EAGAIN:
		return read_on(c);
	case -EFBIG:
		return fail_for_good(c, 431, "the head of a request has at most 8192 bytes");
	default:
		return fail_for_good(c, 400, "malformed request");
	}
}

static enum conn_turn relayed(struct conn *c)
{
	c->stage = DIAL;
	return CONN_ON;
}

enum conn_turn front_request(struct conn *c)
{
	ssize_t n;

	switch (http_owner(flow_bytes(&c->in))) {
	case HTTP_OURS:
		return ours(c);
	case HTTP_RELAYED:
		return relayed(c);
	case HTTP_UNDECIDED:
		break;
	}
	n = conn_read(c);
	if (n > 0)
		return CONN_ON;
	if (n < 0)
		return n == -EAGAIN ? CONN_WAIT : CONN_END;
	/* The client's end, before it was clear. */
	c->in.ended = true;
	if (c->in.buf)
		return relayed(c);
	c->stage = SHUT;
	return CONN_ON;
}

enum conn_turn front_answer(struct conn *c)
{
	struct span rest;

	while ((rest = answer_rest(c->answer)).left > 0) {
		size_t len = rest.left < CONN_BUFFER ? rest.left : CONN_BUFFER;
		ssize_t n = tls_write(c->ssl, rest.p, len);

		if (n < 0)
			return n == -EAGAIN ? CONN_WAIT : CONN_END;
		c->answer->sent += (size_t)n;
	}
	return CONN_ON;
}
