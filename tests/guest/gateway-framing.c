/* SPDX-License-Identifier: MIT */
/*
 * Requests and answers on their way through the gateway, with a container behind it that is as
 * hostile as a request makes it (httpserver.h). Clients that smuggle, containers that smuggle, and
 * those of both who only do what HTTP allows.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define HOST	"host: r\r\n"
#define OWN	"/.well-known/rampart"
#define RELAYED "GET /a HTTP/1.1\r\n" HOST "\r\n"
#define INDEX	"GET " OWN " HTTP/1.1\r\n" HOST "\r\n"

static bool is_index(const struct response *r)
{
	return r->status == 200 && strstr(r->body, "\"rampart/1\"");
}

/* The gateway has looked at everything that was sent before on other connections. */
static void catch_up(void)
{
	SSL *ssl = client(INDEX);

	if (!is_index(response(ssl)))
		die("no index");
	client_close(ssl);
}

/*
 * The container has accepted every connection that was made before, and so counted it: those that nobody
 * waited for may come late.
 */
static void settle(void)
{
	SSL *ssl = client(RELAYED);

	if (response(ssl)->status != 200)
		die("no answer");
	client_close(ssl);
}

/* ---- the gateway's own paths ---- */

static const struct {
	const char *request;
	int status;
	bool ends;
} own[] = {
	{ INDEX, 200, false },
	{ "HEAD " OWN " HTTP/1.1\r\n" HOST "\r\n", 200, false },
	{ "OPTIONS " OWN " HTTP/1.1\r\n" HOST "\r\n", 204, false },
	{ "OPTIONS " OWN "/activate HTTP/1.1\r\n" HOST "origin: https://x\r\n\r\n", 204, false },
	{ "PUT " OWN " HTTP/1.1\r\n" HOST "\r\n", 405, true },
	{ "get " OWN " HTTP/1.1\r\n" HOST "\r\n", 405, true },
	{ "BREW " OWN "/evidence HTTP/1.1\r\n" HOST "content-length: 3\r\n\r\nabc", 405, true },
	{ "HEAD " OWN "/activate HTTP/1.1\r\n" HOST "\r\n", 405, false },
	{ "HEAD " OWN "/evidence HTTP/1.1\r\n" HOST "\r\n", 400, false },
	{ "GET https://r" OWN " HTTP/1.1\r\n" HOST "\r\n", 200, false },
	{ "GET HTTP://r:1" OWN "?x HTTP/1.1\r\n" HOST "\r\n", 200, false },
	{ "\r\n" INDEX, 200, false },
	{ "GET /%2ewell-known/rampart HTTP/1.1\r\n" HOST "\r\n", 200, false },
	{ "GET /.well-known/%72ampart HTTP/1.1\r\n" HOST "\r\n", 200, false },
	{ "GET " OWN "/ HTTP/1.1\r\n" HOST "\r\n", 404, false },
	{ "GET //.well-known/rampart HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "GET /./.well-known/rampart HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "GET /x/../.well-known/rampart HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "GET /.well-known%2frampart/evidence HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "GET " OWN "/evidence%3fnonce=x HTTP/1.1\r\n" HOST "\r\n", 404, false },
	{ "GET " OWN "/../../a HTTP/1.1\r\n" HOST "\r\n", 404, false },
	{ "GET " OWN "#x HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "GET " OWN " HTTP/1.1\nhost: r\n\n", 400, true },
	{ "GET  " OWN " HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "CONNECT " OWN " HTTP/1.1\r\n" HOST "\r\n", 400, true },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, true },
};

/* On a new connection, and behind a relayed request, that was answered or not. What the container
 * sees of it: nothing. */
static void test_own(void)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const char *request = own[i].request;
		char both[2048], name[160];
		int requests = seen->requests;
		bool good = true;

		snprintf(both, sizeof(both), "%s%s", RELAYED, request);
		for (int way = 0; way < 3; way++) {
			SSL *ssl = client(way == 0 ? request : way == 1 ? RELAYED : both);

			good &= way == 0 || response(ssl)->status == 200;
			if (way == 1)
				client_send(ssl, request, strlen(request));
			good &= (!strncmp(request, "HEAD ", 5) ? response_head(ssl) : response(ssl))
					->status == own[i].status;
			if (own[i].ends)
				good &= receive(ssl, 1)[0] == '\0' && ended_well(ssl);
			client_close(ssl);
		}
		snprintf(name, sizeof(name), "case %zu of the gateway's own: %d, in any place", i,
			 own[i].status);
		ok(good && seen->requests == requests + 2, name);
	}
}

static void test_head_and_options(void)
{
	SSL *ssl = client("HEAD " OWN " HTTP/1.1\r\n" HOST "\r\n");
	const struct response *r = response_head(ssl);

	ok(r->status == 200 && strstr(r->head, "content-length: 1"),
	   "HEAD has the head that GET has");
	client_send(ssl, INDEX, strlen(INDEX));
	ok(is_index(response(ssl)), "and nothing behind it");
	client_send(ssl, "OPTIONS " OWN "/activate HTTP/1.1\r\n" HOST "\r\n",
		    strlen("OPTIONS " OWN "/activate HTTP/1.1\r\n" HOST "\r\n"));
	ok(strstr(response(ssl)->head, "allow: POST, OPTIONS\r\n") != NULL,
	   "OPTIONS says what there is");
	client_close(ssl);
}

/* ---- clients that smuggle ---- */

static void test_refused(void)
{
	static const char *const bad[] = {
		"POST /a HTTP/1.1\r\n" HOST
		"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" RELAYED,
		"POST /a HTTP/1.1\r\n" HOST
		"content-length: 0\r\ncontent-length: 44\r\n\r\n" RELAYED,
		"POST /a HTTP/1.1\r\n" HOST "content-length: 0, 44\r\n\r\n" RELAYED,
		"POST /a HTTP/1.1\r\n" HOST "content-length : 44\r\n\r\n" RELAYED,
		"POST /a HTTP/1.1\r\n" HOST "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" RELAYED,
		"POST /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST "transfer-encoding:\013chunked\r\n\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST "x: y\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST "x: y\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST "x: y\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\nhost: r\ncontent-length: 0\n\n" RELAYED,
		"POST /a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST
		"transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST
		"transfer-encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST
		"transfer-encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST
		"transfer-encoding: chunked\r\n\r\n5;\nx\r\nhello\r\n0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
		"POST /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n0\r\nx\r\n\r\n",
		"GET /a HTTP/1.1\r\n" HOST HOST "\r\n",
		"GET /a HTTP/1.1\r\n\r\n",
		"GET /a HTTP/1.2\r\n" HOST "\r\n",
		"GET /a\r\n\r\n",
		"\r\n\r\n" RELAYED,
		"\x16\x03\x01\x02",
		"hello\r\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int bytes = seen->bytes;
		SSL *ssl = client(bad[i]);
		bool good = response(ssl)->status == 400;
		char name[80];

		good &= receive(ssl, 1)[0] == '\0' && ended_well(ssl) && seen->bytes == bytes;
		client_close(ssl);
		ssl = client(RELAYED);
		good &= response(ssl)->status == 200;
		bytes = seen->bytes;
		client_send(ssl, bad[i], strlen(bad[i]));
		/* A line that stands before a request may be the one that ends a content. */
		good &= response(ssl)->status == 400 && receive(ssl, 1)[0] == '\0' &&
			seen->bytes == bytes;
		client_close(ssl);
		snprintf(name, sizeof(name),
			 "smuggling, case %zu: 400, and the container saw nothing", i);
		ok(good, name);
	}
}

static void test_large_head(void)
{
	static char head[70000];
	int bytes;
	SSL *ssl;

	memset(head, 'x', sizeof(head));
	memcpy(head, "GET /a HTTP/1.1\r\n" HOST "x: ", strlen("GET /a HTTP/1.1\r\n" HOST "x: "));
	memcpy(head + 65536 - 4, "\r\n\r\n", 4);
	ssl = client("");
	client_send(ssl, head, 65536);
	is_int(response(ssl)->status, 200, "a head of 64 KiB passes");
	bytes = seen->bytes;
	memcpy(head + 65536 - 4, "xxxx", 4);
	client_send(ssl, head, 65536);
	is_int(response(ssl)->status, 431, "a longer one does not");
	is_int(seen->bytes, bytes, "and the container sees nothing of it");
	client_close(ssl);
}

/* ---- containers that smuggle ---- */

#define OK200  "HTTP/1.1%20200%20OK%0d%0a"
#define EMPTY  OK200 "content-length:%200%0d%0a%0d%0a"
#define FORGED OK200 "content-length:%206%0d%0a%0d%0aforged"
#define SAY(p) "GET /" p " HTTP/1.1\r\n" HOST "\r\n"

/* The client gets an answer with that status, or the connection breaks; then it asks the gateway,
 * and may get the gateway's answer or none, never the container's. */
static void test_hostile(void)
{
	static const struct {
		const char *request;
		int status;
		bool broken;
	} cases[] = {
		{ SAY("say?" EMPTY FORGED), 200, true },
		{ SAY("say?" EMPTY "x"), 200, true },
		{ SAY("say?" EMPTY "%0d%0a" FORGED), 200, true },
		{ SAY("say?HTTP/1.1%20204%20x%0d%0acontent-length:%2099%0d%0a%0d%0a" FORGED), 204,
		  true },
		{ SAY("say?HTTP/1.1%20304%20x%0d%0a%0d%0a" FORGED), 304, true },
		{ SAY("late?" FORGED), 200, false },
		{ SAY("say?" FORGED FORGED FORGED), 200, true },
		{ SAY("say?SSH-2.0-x%0d%0a%0d%0a" FORGED), 502, false },
		{ SAY("say?HTTP/2%20200%0d%0a%0d%0a" FORGED), 502, false },
		{ SAY("say?" OK200
		      "content-length:%201%0d%0acontent-length:%202%0d%0a%0d%0ax" FORGED),
		  502, false },
		{ SAY("say?" OK200
		      "content-length:%201%0d%0atransfer-encoding:%20chunked%0d%0a%0d%0a0%0d%0a%0d%0a"),
		  502, false },
		{ SAY("say?" OK200 "transfer-encoding:%20gzip%0d%0a%0d%0a" FORGED), 502, false },
		{ SAY("say?" OK200 "x%20:%20y%0d%0a%0d%0a" FORGED), 502, false },
		{ SAY("say?HTTP/1.1%20200%20OK%0acontent-length:%200%0a%0a" FORGED), 502, false },
		{ SAY("say?HTTP/1.1%20101%20x%0d%0aupgrade:%20h2c%0d%0a%0d%0a" FORGED), 502,
		  false },
		{ SAY("cut?"), 502, false },
		{ SAY("cut?HTTP/1.1%20200"), 502, false },
		{ SAY("say?%00%00"), 502, false },
		{ "GET /say?HTTP/1.1%20101%20x%0d%0aupgrade:%20h2c%0d%0a%0d%0a HTTP/1.1\r\n" HOST
		  "connection: upgrade\r\nupgrade: h2c\r\n\r\n",
		  403, false },
		{ "GET /say?HTTP/1.1%20101%20x%0d%0aupgrade:%20websocket%0d%0a%0d%0a HTTP/1.1\r\n" HOST
		  "connection: upgrade\r\nupgrade: websocket\r\n\r\n",
		  403, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SSL *ssl = client(cases[i].request);
		bool good = response(ssl)->status == cases[i].status;
		const char *next;
		char name[80];

		seen->go = 1;
		(void)!SSL_write(ssl, INDEX, (int)strlen(INDEX));
		next = receive(ssl, 20000);
		good &= !strstr(next, "forged") && (!next[0] || strstr(next, "\"rampart/1\""));
		good &= !cases[i].broken || (!next[0] && !ended_well(ssl));
		client_close(ssl);
		ssl = client(cases[i].request);
		client_send(ssl, INDEX, strlen(INDEX)); /* before there is an answer */
		good &= response(ssl)->status == cases[i].status;
		next = receive(ssl, 20000);
		good &= !strstr(next, "forged") && (!next[0] || strstr(next, "\"rampart/1\""));
		client_close(ssl);
		seen->go = 0;
		snprintf(name, sizeof(name), "forged answer, case %zu: it reaches nobody", i);
		ok(good, name);
	}
}

/* What is wrong later can only be cut. */
static void test_cut(void)
{
	SSL *ssl =
		client(SAY("say?" OK200 "transfer-encoding:%20chunked%0d%0a%0d%0a5%0d%0ahellox"));

	ok(strstr(receive(ssl, 20000), "5\r\nhello") && !ended_well(ssl),
	   "an answer whose chunks are none is cut where they end");
	client_close(ssl);
	ssl = client(SAY("cut?" OK200 "content-length:%209%0d%0a%0d%0ahello"));
	ok(strstr(receive(ssl, 20000), "\r\n\r\nhello") != NULL,
	   "one that is too short ends there");
	client_close(ssl);
	ssl = client(RELAYED);
	(void)response(ssl);
	client_send(ssl, SAY("cut?"), strlen(SAY("cut?")));
	ok(receive(ssl, 1)[0] == '\0' && ended_well(ssl),
	   "a kept connection that ends without an answer ends so for the client");
	client_close(ssl);
}

/* ---- what HTTP allows ---- */

/* Several requests in one go, the gateway's among them, are answered in their order. */
static void test_order(void)
{
	static const char requests[] =
		"GET /1 HTTP/1.1\r\n" HOST "\r\n" INDEX "POST /2 HTTP/1.1\r\n" HOST
		"content-length: 3\r\n\r\nabc\r\n"
		"POST /3 HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n"
		"3;x=y\r\nabc\r\n0\r\nx-t: 1\r\n\r\n" INDEX "GET /4 HTTP/1.1\r\n" HOST "\r\n";
	SSL *ssl = client(requests);
	int connections;

	is_str(response(ssl)->body, "GET /1 HTTP/1.1 0", "requests in one go: the first");
	ok(is_index(response(ssl)), "then one of the gateway's");
	is_str(response(ssl)->body, "POST /2 HTTP/1.1 3", "then one with content");
	is_str(response(ssl)->body, "POST /3 HTTP/1.1 21",
	       "and one in chunks, behind an empty line");
	ok(is_index(response(ssl)), "again the gateway's");
	connections = seen->connections;
	is_str(response(ssl)->body, "GET /4 HTTP/1.1 0", "and the last");
	is_int(seen->connections, connections, "all over one inner connection");
	client_close(ssl);

	ssl = client("");
	for (size_t i = 0; i < sizeof(requests) - 1; i++)
		client_send(ssl, &requests[i], 1);
	is_str(response(ssl)->body, "GET /1 HTTP/1.1 0", "the same, byte by byte");
	ok(is_index(response(ssl)) && response(ssl)->status == 200 &&
		   response(ssl)->status == 200 && is_index(response(ssl)),
	   "in the same order");
	is_str(response(ssl)->body, "GET /4 HTTP/1.1 0", "to the end");
	client_close(ssl);
}

static void passes(const char *request, const char *answer, bool ends, const char *what)
{
	SSL *ssl = client(request);
	size_t len = strlen(answer);
	bool good = !strcmp(receive(ssl, len), answer);

	if (ends) {
		good &= receive(ssl, 1)[0] == '\0' && ended_well(ssl);
	} else {
		client_send(ssl, INDEX, strlen(INDEX));
		good &= is_index(response(ssl));
	}
	ok(good, what);
	client_close(ssl);
}

static void test_answers(void)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\n";
	char want[1024];

	snprintf(want, sizeof(want),
		 "%stransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\n", ok);
	passes(SAY("say?" OK200
		   "transfer-encoding:%20chunked%0d%0a%0d%0a5%0d%0ahello%0d%0a0%0d%0ax:%20y%0d%0a%0d%0a"),
	       want, false, "chunks and trailers come as they are");
	snprintf(want, sizeof(want), "%s\r\nuntil the end", ok);
	passes(SAY("cut?" OK200 "%0d%0auntil%20the%20end"), want, true, "an answer until the end");
	passes(SAY("say?HTTP/1.1%20204%20x%0d%0a%0d%0a"), "HTTP/1.1 204 x\r\n\r\n", false, "204");
	passes("HEAD /say?" OK200 "content-length:%209%0d%0a%0d%0a HTTP/1.1\r\n" HOST "\r\n",
	       "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", false, "HEAD");
	snprintf(want, sizeof(want),
		 "HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n%scontent-length: 2\r\n\r\nok", ok);
	passes(SAY("say?HTTP/1.1%20103%20Hints%0d%0alink:%20x%0d%0a%0d%0a" OK200
		   "content-length:%202%0d%0a%0d%0aok"),
	       want, false, "an interim answer before it");
	snprintf(want, sizeof(want), "%sconnection: close\r\ncontent-length: 2\r\n\r\nok", ok);
	passes(SAY("say?" OK200 "connection:%20close%0d%0acontent-length:%202%0d%0a%0d%0aok"), want,
	       true, "a container that wants the end has it");
	passes("GET /say?" FORGED " HTTP/1.0\r\n\r\n",
	       "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged", true, "and so has a client");
	passes("OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
	       "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nOPTIONS * HTTP/1.1 0", false,
	       "OPTIONS of everything is the container's");
}

static void test_websocket(void)
{
	static const char request[] =
		"GET /raw?HTTP/1.1%20101%20x%0d%0aupgrade:%20websocket%0d%0a%0d%0a HTTP/1.1\r\n" HOST
		"connection: Upgrade\r\nupgrade: websocket\r\n\r\nearly";
	SSL *ssl = client(request);

	is_str(receive(ssl, 43), "HTTP/1.1 101 x\r\nupgrade: websocket\r\n\r\nearly",
	       "a websocket: what came early waits for the answer");
	client_send(ssl, INDEX, strlen(INDEX));
	is_str(receive(ssl, strlen(INDEX)), INDEX, "then everything goes through");
	SSL_shutdown(ssl);
	is_str(receive(ssl, 1), "", "and ends as it ends");
	ok(ended_well(ssl), "for both");
	client_close(ssl);
}

/* ---- contents ---- */

static void start_upload(SSL *ssl, const char *path, long length)
{
	char head[256];
	int len = snprintf(head, sizeof(head),
			   "POST %s HTTP/1.1\r\n" HOST "content-length: %ld\r\n\r\n", path, length);

	client_send(ssl, head, (size_t)len);
}

static void test_contents(void)
{
	enum { N = 90, SMALL = 100000, LARGE = 3000000, AT_ONCE = 16 };
	static char data[LARGE];
	static SSL *half[N];
	int connections, good = 0;
	SSL *ssl;

	settle();
	connections = seen->connections;
	/* The gateway waits long for a request, and less for its content: all handshakes come first. */
	for (int i = 0; i < N; i++)
		half[i] = client("");
	for (int i = 0; i < N; i++) {
		start_upload(half[i], "/a", SMALL);
		client_send(half[i], data, SMALL / 2);
	}
	catch_up();
	is_int(seen->connections, connections,
	       "ninety halves of requests are nothing for the container");
	for (int i = 0; i < N; i++)
		client_send(half[i], data, SMALL / 2);
	for (int i = 0; i < N; i++) {
		good += !strcmp(response(half[i])->body, "POST /a HTTP/1.1 100000");
		client_close(half[i]);
	}
	is_int(good, N, "and ninety requests when they are whole");

	connections = seen->connections;
	for (int i = 0; i < N; i++)
		half[i] = client("");
	for (int i = 0; i < N; i++) {
		start_upload(half[i], "/a", LARGE);
		client_send(half[i], data, 1000);
	}
	ssl = client(RELAYED);
	is_int(response(ssl)->status, 200, "halves of large ones keep nobody out");
	client_close(ssl);
	ok(seen->connections <= connections + 1 + AT_ONCE, "few of them are there at once");
	for (int i = 0; i < AT_ONCE; i++)
		client_close(half[i]);
	client_send(half[AT_ONCE], data + 1000, LARGE - 1000);
	is_str(response(half[AT_ONCE])->body, "POST /a HTTP/1.1 3000000",
	       "who waited comes next when they have left");
	for (int i = AT_ONCE; i < N; i++)
		client_close(half[i]);
}

static void test_early_answer(void)
{
	static const char data[65536];
	SSL *ssl = client("");

	start_upload(ssl, "/early?" FORGED, 10 * (long)sizeof(data));
	is_str(response(ssl)->body, "forged", "an answer may come before the content");
	for (int i = 0; i < 10; i++)
		client_send(ssl, data, sizeof(data));
	client_send(ssl, RELAYED, strlen(RELAYED));
	is_str(response(ssl)->body, "GET /a HTTP/1.1 0", "which still has to come");
	client_close(ssl);
}

static void test_bad_content(void)
{
	static char data[200000];
	SSL *ssl =
		client("POST /a HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n30d40\r\n");

	client_send(ssl, data, sizeof(data));
	client_send(ssl, "x\r\n", 3);
	is_int(response(ssl)->status, 400, "a bad chunk behind much content is still refused");
	ok(receive(ssl, 1)[0] == '\0' && ended_well(ssl), "with the end");
	client_close(ssl);
}

static void test_expect(void)
{
	int connections;
	SSL *ssl;

	settle();
	connections = seen->connections;
	ssl = client("POST /say?HTTP/1.1%20100%20Continue%0d%0a%0d%0a" FORGED " HTTP/1.1\r\n" HOST
		     "expect: 100-continue\r\ncontent-length: 3\r\n\r\n");
	is_str(receive(ssl, 25), "HTTP/1.1 100 Continue\r\n\r\n", "the gateway gives leave");
	is_int(seen->connections, connections, "since it collects");
	client_send(ssl, "abc", 3);
	is_str(response(ssl)->body, "forged", "and the container's leave is not given twice");
	client_close(ssl);
	ssl = client("POST /early?HTTP/1.1%20100%20Continue%0d%0a%0d%0a HTTP/1.1\r\n" HOST
		     "expect: 100-continue\r\ncontent-length: 3000000\r\n\r\n");
	is_str(receive(ssl, 25), "HTTP/1.1 100 Continue\r\n\r\n",
	       "for large contents it is the container's to give");
	client_close(ssl);
	ssl = client("POST " OWN
		     "/activate HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
	catch_up();
	client_send(ssl, "", 0);
	SSL_shutdown(ssl);
	is_str(receive(ssl, 1), "", "HTTP/1.0 has no such thing");
	client_close(ssl);
}

/* A byte, and a byte, and a byte: who sends so takes a place, but not for ever. */
static void test_slow(void)
{
	SSL *ssl = client("");
	int sent = 0;

	start_upload(ssl, "/a", 3000000);
	while (sent < PATIENCE_MS / 100 && SSL_write(ssl, "x", 1) == 1) {
		usleep(100000);
		sent++;
	}
	ok(sent < PATIENCE_MS / 100, "content that comes too slowly is cut off");
	client_close(ssl);
}

static void test_plain(void)
{
	static const char *const requests[] = { "GET / HTTP/1.1\r\nhost: r\r\n\r\n",
						"OPTIONS / HTTP/1.1\r\nhost: r\r\n\r\n",
						"CONNECT r:443 HTTP/1.1\r\nhost: r\r\n\r\n" };
	char answer[512];

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = client_connect();
		size_t len = 0;
		ssize_t n = write(fd, requests[i], strlen(requests[i]));

		while (n > 0 && len < sizeof(answer) - 1) {
			n = read(fd, answer + len, sizeof(answer) - 1 - len);
			len += n > 0 ? (size_t)n : 0;
		}
		answer[len] = '\0';
		ok(n == 0 && !strncmp(answer, "HTTP/1.1 400 Bad Request\r\n", 26) &&
			   strstr(answer, "\r\n\r\n{\"error\":{\"message\":\"this port speaks TLS"),
		   "HTTP without TLS gets a word in clear");
		close(fd);
	}
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.upgrade.00 websocket /raw\n";
	serve_world();
	test_own();
	test_head_and_options();
	test_refused();
	test_large_head();
	test_hostile();
	test_cut();
	test_order();
	test_answers();
	test_websocket();
	test_contents();
	test_early_answer();
	test_bad_content();
	test_expect();
	test_slow();
	test_plain();
	kill(world.server, SIGKILL);
	return tap_done();
}
