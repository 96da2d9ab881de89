/* SPDX-License-Identifier: MIT */
/* What the plan lets through, and that nothing else reaches the container. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define HOST "host: r\r\n"

/* {"error":{"message":"...","type":"...","code":"CODE"}}, as clients of OpenAI's API read it. */
static bool is_refusal(const struct response *r, int status, const char *code)
{
	char end[128];
	size_t len;

	snprintf(end, sizeof(end), "\",\"type\":\"invalid_request_error\",\"code\":\"%s\"}}\n",
		 code);
	len = strlen(end);
	return r->status == status && !strncmp(r->body, "{\"error\":{\"message\":\"", 21) &&
	       r->len > len && !strcmp(r->body + r->len - len, end) &&
	       strstr(r->head, "connection: close\r\n");
}

static void test_refused(void)
{
	static const struct {
		const char *request, *code;
		int status;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", "unknown_url", 404 },
		{ "GET /slots HTTP/1.1\r\n" HOST "\r\n", "unknown_url", 404 },
		{ "GET /v1/models/ HTTP/1.1\r\n" HOST "\r\n", "unknown_url", 404 },
		{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "unknown_url", 404 },
		{ "DELETE /v1/models HTTP/1.1\r\n" HOST "\r\n", "method_not_allowed", 405 },
		{ "GET /v1/%6dodels HTTP/1.1\r\n" HOST "\r\n", "ambiguous_path", 400 },
		{ "GET /files/../slots HTTP/1.1\r\n" HOST "\r\n", "ambiguous_path", 400 },
		{ "POST /files/%2e%2e/slots HTTP/1.1\r\n" HOST "\r\n", "ambiguous_path", 400 },
		{ "POST /files/..%2fslots HTTP/1.1\r\n" HOST "\r\n", "ambiguous_path", 400 },
		{ "GET http://r/v1/models HTTP/1.1\r\n" HOST "\r\n", "ambiguous_path", 400 },
		{ "POST /files/a HTTP/1.1\r\n" HOST "content-length: 200001\r\n\r\n",
		  "content_too_large", 413 },
		{ "POST /files/a HTTP/1.1\r\n" HOST "expect: 100-continue\r\n"
		  "content-length: 99999999999\r\n\r\n",
		  "content_too_large", 413 },
		{ "POST /files/a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n30d41\r\n",
		  "content_too_large", 413 },
		{ "POST /files/a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n"
		  "1\r\nx\r\n30d40\r\n",
		  "content_too_large", 413 },
		{ "hello", "malformed", 400 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int bytes = seen->bytes;
		SSL *ssl = client(cases[i].request);
		char name[80];

		if (!strcmp(cases[i].request, "hello"))
			client_send(ssl, "\r\n", 2);
		snprintf(name, sizeof(name), "case %zu: %d %s", i, cases[i].status, cases[i].code);
		ok(is_refusal(response(ssl), cases[i].status, cases[i].code) &&
			   receive(ssl, 1)[0] == '\0' && ended_well(ssl) && seen->bytes == bytes,
		   name);
		client_close(ssl);
	}
}

static void test_allowed(void)
{
	static const struct {
		const char *request, *body;
	} cases[] = {
		{ "GET /v1/models HTTP/1.1\r\n" HOST "\r\n", "GET /v1/models HTTP/1.1 0" },
		{ "GET /v1/models?a=/../b HTTP/1.1\r\n" HOST "\r\n",
		  "GET /v1/models?a=/../b HTTP/1.1 0" },
		{ "POST /files/a%20b HTTP/1.1\r\n" HOST "content-length: 2\r\n\r\nxx",
		  "POST /files/a%20b HTTP/1.1 2" },
	};
	SSL *ssl = client("");
	const struct response *r;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		client_send(ssl, cases[i].request, strlen(cases[i].request));
		is_str(response(ssl)->body, cases[i].body, "what is allowed passes");
	}
	client_send(ssl, "HEAD /v1/models HTTP/1.1\r\n" HOST "\r\n", 37);
	is_int(response_head(ssl)->status, 200, "HEAD where there is GET");
	client_send(ssl, "GET /.well-known/rampart HTTP/1.1\r\n" HOST "\r\n", 46);
	is_int(response(ssl)->status, 200, "no rule is about the gateway's own");
	client_send(ssl, "PUT /v1/models HTTP/1.1\r\n" HOST "\r\n", 36);
	r = response(ssl);
	ok(is_refusal(r, 405, "method_not_allowed") && strstr(r->head, "allow: GET, HEAD\r\n"),
	   "405 says what is allowed, behind others as well");
	client_close(ssl);
}

/* What is too large is noticed while it comes, too, and the container's request is cut off. */
static void test_body(void)
{
	static const char start[] =
		"POST /files/a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n2ee00\r\n";
	static char data[192000];
	SSL *ssl = client("");

	client_send(ssl, "POST /files/a HTTP/1.1\r\n" HOST "content-length: 192000\r\n\r\n",
		    strlen("POST /files/a HTTP/1.1\r\n" HOST "content-length: 192000\r\n\r\n"));
	client_send(ssl, data, sizeof(data));
	is_str(response(ssl)->body, "POST /files/a HTTP/1.1 192000", "a large content passes");
	client_send(ssl, start, sizeof(start) - 1);
	client_send(ssl, data, sizeof(data));
	client_send(ssl, "\r\n2000\r\n", 8);
	ok(is_refusal(response(ssl), 413, "content_too_large"),
	   "one that grows too large does not, though it had begun to");
	client_close(ssl);
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.allow.00 GET /v1/models\n"
			"gateway.allow.01 POST /files/*\n"
			"gateway.body 200000\n";
	serve_world();
	test_refused();
	test_allowed();
	test_body();
	kill(world.server, SIGKILL);
	return tap_done();
}
