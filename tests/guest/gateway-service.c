/* SPDX-License-Identifier: MIT */
/*
 * What an operator can say about a service: who may ask, how often, how many at once. And that a
 * client who leaves costs nothing any more.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define HOST  "host: r\r\n"
#define OLD   "authorization: Bearer alice-old\r\n"
#define NEW   "Authorization: bearer alice-new\r\n"
#define BOB   "authorization: Bearer key-of-bob\r\n"
#define CAROL "authorization: Bearer key-of-carol\r\n"
#define DAVE  "authorization: Bearer key-of-dave\r\n"
#define INDEX "GET /.well-known/rampart HTTP/1.1\r\n" HOST "\r\n"
#define RATE  20 /* of the plan below, an hour: none comes back while the test runs */

/* {"error":{"message":"...","type":"TYPE","code":"CODE"}}, as clients of OpenAI's API read it. */
static bool is_refusal(const struct response *r, int status, const char *type, const char *code)
{
	char end[128];
	size_t len = (size_t)snprintf(end, sizeof(end), "\",\"type\":\"%s\",\"code\":\"%s\"}}\n",
				      type, code);

	return r->status == status && !strncmp(r->body, "{\"error\":{\"message\":\"", 21) &&
	       r->len > len && !strcmp(r->body + r->len - len, end) &&
	       strstr(r->head, "content-type: application/json\r\n");
}

static bool is_early(const struct response *r)
{
	const char *later = strstr(r->head, "retry-after: ");
	long seconds = later ? strtol(later + 13, NULL, 10) : 0;

	return is_refusal(r, 429, "rate_limit_error", "rate_limit_exceeded") && seconds > 0 &&
	       seconds <= 3600 / RATE;
}

static const struct response *ask(SSL *ssl, const char *request)
{
	client_send(ssl, request, strlen(request));
	return response(ssl);
}

/* How many of n such requests on this connection are answered before one comes too early. */
static int answered(SSL *ssl, const char *fields, int n)
{
	char request[512];

	snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\n" HOST "%s\r\n", fields);
	for (int i = 0; i < n; i++) {
		const struct response *r = ask(ssl, request);

		if (r->status != 200)
			return is_early(r) ? i : -1;
	}
	return n;
}

static void test_keys(void)
{
	static const char *const bad[] = {
		"",
		"authorization: Bearer alice-ol\r\n",
		"authorization: Basic alice-old\r\n",
		"authorization: Bearer\r\n",
		OLD OLD,
		OLD "authorization: x\r\n",
		"x-api-key: alice-old\r\n",
	};
	static const char good[] =
		"POST /a HTTP/1.1\r\n" HOST OLD "x: y\r\ncontent-length: 3\r\n\r\nabc";
	char request[512];
	SSL *ssl;
	int bytes;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct response *r;

		bytes = seen->bytes;
		snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\n" HOST "%s\r\n", bad[i]);
		ssl = client(request);
		r = response(ssl);
		snprintf(request, sizeof(request), "no key, case %zu: it reaches nobody", i);
		ok(is_refusal(r, 401, "invalid_request_error", "invalid_api_key") &&
			   strstr(r->head, "www-authenticate: Bearer\r\n") && seen->bytes == bytes,
		   request);
		client_close(ssl);
	}
	ssl = client(INDEX);
	is_int(response(ssl)->status, 200, "the gateway's own needs none");
	bytes = seen->bytes;
	is_str(ask(ssl, good)->body, "POST /a HTTP/1.1 3", "with one it does");
	is_int(seen->bytes - bytes, (int64_t)(strlen(good) - strlen(OLD)),
	       "and sees all but that line");
	snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\n" NEW HOST "\r\n%s", INDEX);
	bytes = seen->bytes;
	is_str(ask(ssl, request)->body, "GET /a HTTP/1.1 0", "another key of the same client");
	is_int(response(ssl)->status, 200, "what comes behind it is as it was");
	is_int(seen->bytes - bytes, (int64_t)strlen("GET /a HTTP/1.1\r\n" HOST "\r\n"),
	       "and the container sees that one request");
	client_close(ssl);
}

/* Two of alice's were taken above. */
static void test_rate(void)
{
	SSL *ssl = client(""), *other = client("");
	int requests;

	is_int(answered(ssl, OLD, 10), 10, "a client has so many requests");
	is_int(answered(other, NEW, RATE), RATE - 12, "with all keys of its name, anywhere");
	requests = seen->requests;
	ok(is_early(ask(ssl, "GET /a HTTP/1.1\r\n" HOST OLD "\r\n")), "then it comes too early");
	ok(is_early(ask(ssl, "POST /a HTTP/1.1\r\n" HOST OLD "content-length: 3\r\n\r\nabc")),
	   "with content as well");
	ok(is_early(ask(ssl, "POST /a HTTP/1.1\r\n" HOST NEW "transfer-encoding: chunked\r\n\r\n"
			     "3\r\nabc\r\n0\r\n\r\n")),
	   "in chunks, too");
	is_int(ask(ssl, INDEX)->status, 200, "the gateway's own is not counted");
	is_int(seen->requests, requests, "and the container sees none of it");
	is_int(answered(ssl, BOB, 3), 3, "the connection goes on: another client is in time");
	ok(is_early(ask(other, "POST /a HTTP/1.1\r\n" HOST OLD "expect: 100-continue\r\n"
			       "content-length: 3\r\n\r\n")) &&
		   receive(other, 1)[0] == '\0' && ended_well(other),
	   "content that was not sent yet is not waited for");
	client_close(other);
	other = client("POST /a HTTP/1.1\r\n" HOST OLD "content-length: 999999\r\n\r\n");
	ok(is_early(response(other)) && receive(other, 1)[0] == '\0', "nor a large one");
	client_close(other);
	other = client("");
	is_int(answered(other, CAROL, 8), 8, "a connection has so many as well");
	is_int(answered(other, DAVE, RATE), RATE - 8, "whoever asks on it");
	is_int(answered(other, CAROL, 1), 0, "and no more");
	client_close(other);
	other = client("");
	is_int(answered(other, CAROL, 1), 1, "but on another one");
	client_close(other);
	client_close(ssl);
}

static SSL *from(const char *address, const char *request)
{
	SSL *ssl = client_from(address);

	client_send(ssl, request, strlen(request));
	return ssl;
}

/* The gateway has judged what was sent before. */
static void catch_up(void)
{
	SSL *ssl = client(INDEX);

	if (response(ssl)->status != 200)
		die("no index");
	client_close(ssl);
}

/* The container has so many more requests than before, or the test has waited long enough. */
static bool comes_to(const atomic_int *count, int n)
{
	for (int ms = 0; *count < n && ms < PATIENCE_MS; ms++)
		usleep(1000);
	return *count == n;
}

#define HOLD "GET /hold HTTP/1.1\r\n" HOST BOB "\r\n"

/* Two in the container and four that wait, of which one address has at most three. */
static void test_queue(void)
{
	const int before = seen->requests;
	SSL *in[2], *first[3], *more, *others[4];

	for (int i = 0; i < 2; i++)
		in[i] = client(HOLD);
	ok(comes_to(&seen->requests, before + 2), "as many are in the container as may be");
	for (int i = 0; i < 3; i++) {
		first[i] = client(HOLD);
		catch_up();
	}
	more = client(HOLD);
	ok(is_refusal(response(more), 429, "rate_limit_error", "rate_limit_exceeded"),
	   "an address waits with so many");
	client_close(more);
	for (int i = 0; i < 3; i++) {
		char address[] = "127.0.0.2";

		address[8] = (char)('2' + i);
		others[i] = from(address, HOLD);
		catch_up();
	}
	ok(is_refusal(response(first[2]), 429, "rate_limit_error", "rate_limit_exceeded") &&
		   is_refusal(response(first[1]), 429, "rate_limit_error", "rate_limit_exceeded"),
	   "others take the places of whoever has most of a full queue, the last ones first");
	others[3] = from("127.0.0.9", HOLD);
	ok(is_refusal(response(others[3]), 503, "server_error", "busy"),
	   "nobody has more than one: who comes now is told that it is busy");
	client_close(others[3]);
	is_int(seen->requests, before + 2, "and the container has seen none of them");
	client_close(others[2]);
	catch_up();
	others[2] = from("127.0.0.9", HOLD);
	catch_up();
	client_close(in[1]);
	ok(comes_to(&seen->cut, 1) && comes_to(&seen->requests, before + 3),
	   "who leaves gives up his place, and the next one has it");
	seen->go = 1;
	is_int(response(in[0])->status, 200, "the one that was there is answered");
	is_int(response(first[0])->status, 200, "and the first that waited");
	for (int i = 0; i < 3; i++) {
		is_int(response(others[i])->status, 200, "and the others");
		client_close(others[i]);
	}
	is_int(seen->requests, before + 6, "one after the other");
	seen->go = 0;
	client_close(in[0]);
	for (int i = 0; i < 3; i++)
		client_close(first[i]);
}

#define STREAM "GET /stream HTTP/1.1\r\n" HOST CAROL "\r\n"

/* Two streams have all places; one ends in this way, and another request has its place. */
static void test_leaving(const char *how, void (*leave)(SSL *ssl))
{
	const int cut = seen->cut, requests = seen->requests;
	SSL *first = client(STREAM), *second = client(STREAM), *third;

	ok(response_head(first)->status == 200 && response_head(second)->status == 200, how);
	is_str(receive(first, 12), "7\r\ntoken\r\n\r\n", "  a token");
	third = client("GET /a HTTP/1.1\r\n" HOST CAROL "\r\n");
	catch_up();
	is_int(seen->requests, requests + 2, "  whoever comes waits");
	leave(first);
	is_int(response(third)->status, 200, "  its place is free");
	ok(comes_to(&seen->cut, cut + 1), "  and the container knows");
	client_close(third);
	client_close(second);
	ok(comes_to(&seen->cut, cut + 2), "  so it does of the other one");
}

static void leave_with_reset(SSL *ssl)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	client_close(ssl);
}

static void leave_with_notice(SSL *ssl)
{
	SSL_shutdown(ssl);
	client_close(ssl);
}

/* A container that waits and writes nothing hears of a client that has said its end, too. */
static void test_silent(void)
{
	const int cut = seen->cut, requests = seen->requests;
	SSL *ssl = client("GET /hold HTTP/1.1\r\n" HOST CAROL "\r\n");

	ok(comes_to(&seen->requests, requests + 1), "a request without an answer yet");
	leave_with_notice(ssl);
	ok(comes_to(&seen->cut, cut + 1), "the container hears of the end");
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines =
		"gateway.concurrency 2 4\n"
		"gateway.key.00 alice sha256:29fa3b51d5defc882e409fa33b9feca5dd13f10fc9130709a46586bfa5435137\n"
		"gateway.key.01 alice sha256:d10830c8643b32af5f56bbe77bc2f5d866a5b68ce69b94d1fe52c0d6126b3ba5\n"
		"gateway.key.02 bob sha256:808a1d81b5de08d72083995df738947d519d230a20c236003268f0f4b65ee475\n"
		"gateway.key.03 carol sha256:578bf4884467dbb6929c1e455931841dd606f0a38d410375e84925e523e7c407\n"
		"gateway.key.04 dave sha256:874746d34f7124323f50970a90c48db1231e2ddf4dfe5ab64506224be95b9668\n"
		"gateway.rate 20/h\n";
	serve_world();
	test_keys();
	test_rate();
	test_queue();
	test_leaving("a client that is gone", client_close);
	test_leaving("one that resets", leave_with_reset);
	test_leaving("one that says its end", leave_with_notice);
	test_silent();
	kill(world.server, SIGKILL);
	return tap_done();
}
