/* SPDX-License-Identifier: MIT */
/*
 * The gateway where each connection has a container of its own, of which there are so many: who has
 * one, who waits for one, and who gives way. That they are containers: isolate.c.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define HOST	   "host: r\r\n\r\n"
#define PAGE	   "GET /page HTTP/1.1\r\n" HOST
#define HOLD	   "GET /hold HTTP/1.1\r\n" HOST
#define INDEX	   "GET /.well-known/rampart HTTP/1.1\r\n" HOST
#define CONTAINERS 3

static int ask(SSL *ssl, const char *request)
{
	client_send(ssl, request, strlen(request));
	return response(ssl)->status;
}

/* The gateway has seen what was sent before. */
static void catch_up(void)
{
	SSL *ssl = client("");

	(void)ask(ssl, INDEX);
	client_close(ssl);
}

static bool comes_to(const atomic_int *n, int want)
{
	for (int i = 0; i < PATIENCE_MS && *n < want; i++)
		usleep(1000);
	return *n == want;
}

static SSL *from(const char *address, const char *request)
{
	SSL *ssl = client_from(address);

	client_send(ssl, request, strlen(request));
	return ssl;
}

/* Nobody waits for a container that another one keeps for nothing. */
static void test_idle(void)
{
	const int before = seen->connections;
	SSL *clients[CONTAINERS], *more = client("");

	for (int i = 0; i < CONTAINERS; i++) {
		clients[i] = client("");
		is_int(ask(clients[i], PAGE), 200, "a client has a container");
	}
	is_int(ask(clients[0], PAGE), 200, "and asks again");
	is_int(seen->connections, before + CONTAINERS, "  the same one");
	is_int(ask(more, PAGE), 200, "one client more has one, too");
	is_int(ask(clients[1], PAGE), 200,
	       "of whoever was idle for longest, who then has a new one");
	is_int(seen->connections, before + CONTAINERS + 2, "  each for itself");
	is_int(ask(clients[0], PAGE), 200, "others have kept theirs");
	is_int(seen->connections, before + CONTAINERS + 2, "  as long as nobody needed it");
	for (int i = 0; i < CONTAINERS; i++)
		client_close(clients[i]);
	client_close(more);
}

static void test_exhausted(void)
{
	const int before = seen->requests;
	SSL *idle = client(""), *in[2], *waiting, *refused;
	const struct response *answer;

	is_int(ask(idle, PAGE), 200, "a client is idle");
	for (int i = 0; i < 2; i++)
		in[i] = client(HOLD);
	ok(comes_to(&seen->requests, before + 3), "others ask as many at once as may be");
	waiting = from("127.0.0.2", HOLD);
	catch_up();
	refused = client(HOLD);
	answer = response(refused);
	ok(answer->status == 503 && strstr(answer->head, "\r\nretry-after: 1\r\n") &&
		   strstr(answer->body, "\"code\":\"busy\""),
	   "one waits, and who comes then is told when to ask again");
	is_int(seen->requests, before + 3, "no container has seen them");
	seen->go = 1;
	is_int(response(in[0])->status, 200, "those who were there are answered");
	is_int(response(in[1])->status, 200, "both");
	is_int(response(waiting)->status, 200, "and then the one who waited");
	seen->go = 0;
	client_close(idle);
	client_close(waiting);
	client_close(refused);
	for (int i = 0; i < 2; i++)
		client_close(in[i]);
}

/* Whoever leaves in the middle, his container is free for the next one. */
static void test_leaving(void)
{
	const int cut = seen->cut;

	for (int i = 0; i < 4 * CONTAINERS; i++) {
		const int before = seen->requests;
		SSL *ssl = client(HOLD);

		must(comes_to(&seen->requests, before + 1));
		client_close(ssl);
	}
	ok(comes_to(&seen->cut, cut + 4 * CONTAINERS), "clients leave, one after the other");
	test_idle();
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.concurrency 2 1\nisolate connection 3\n";
	gateway_containers = CONTAINERS;
	serve_world();
	test_idle();
	test_exhausted();
	test_leaving();
	return tap_done();
}
