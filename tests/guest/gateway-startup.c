/* SPDX-License-Identifier: MIT */
/*
 * The gateway before it serves: with an init that the test plays, it tells how far the machine is,
 * and nothing else passes, whatever the container would answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/progress.h"
#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define HOST	 "host: r\r\n"
#define OURS	 "/.well-known/rampart"
#define STATUS	 "GET " OURS "/status HTTP/1.1\r\n" HOST "\r\n"
#define NONCE	 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define EVIDENCE "GET " OURS "/evidence?nonce=" NONCE " HTTP/1.1\r\n" HOST "\r\n"
#define EARLY	 64 /* connections, conn.h */

/* The gateway has read all, and done what it does about all but the last. */
static void tell(const void *message, size_t len)
{
	for (int i = 0, left = 1; i < 2; i++, left = 1) {
		if (write(world.progress, message, len) != (ssize_t)len)
			die("progress");
		for (int ms = 0; left > 0 && ms < PATIENCE_MS; ms++) {
			ioctl(world.progress, FIONREAD, &left);
			usleep(1000);
		}
	}
}

static void tell_status(uint8_t stage, uint8_t percent)
{
	const uint8_t message[] = { stage, percent };

	tell(message, sizeof(message));
}

static const struct response *ask(SSL *ssl, const char *request)
{
	client_send(ssl, request, strlen(request));
	return response(ssl);
}

static void tells(SSL *ssl, const char *stage, int percent, const char *ready, const char *what)
{
	char want[128];

	snprintf(want, sizeof(want),
		 "{\"schema\":\"rampart-status/1\",\"stage\":\"%s\",\"percent\":%d,\"ready\":%s}\n",
		 stage, percent, ready);
	is_str(ask(ssl, STATUS)->body, want, what);
}

static bool is_closed(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool refused = connect(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0 &&
		       errno == ECONNREFUSED;

	close(fd);
	return refused;
}

static void test_opening(void)
{
	SSL *ssl;

	ok(!strncmp(reported(), "identity 3059", 13), "the gateway has made its key");
	ok(is_closed(), "the port is closed until init has measured it");
	tell("\x03\x64", 2);
	tell("\x00\x65", 2);
	tell("\xff\xff", 2);
	tell("\x00", 1);
	ok(is_closed(), "and what is no word of init's does not open it");
	tell_status(STATUS_CONTAINER, 0);
	ssl = client("");
	ok(strstr(ask(ssl, STATUS)->head, "content-type: application/json\r\n"),
	   "init's first word does, and there is a status");
	tells(ssl, "container", 0, "false", "it says what is being loaded");
	tell_status(STATUS_MODEL, 37);
	tells(ssl, "model", 37, "false", "it follows init");
	tell_status(STATUS_CONTAINER, 99);
	tell_status(STATUS_MODEL, 36);
	tell_status(STATUS_SERVING, 100);
	tells(ssl, "model", 37, "false", "not back, and not further than init can know");
	client_send(ssl, "HEAD " OURS "/status HTTP/1.1\r\n" HOST "\r\n",
		    strlen("HEAD " OURS "/status HTTP/1.1\r\n" HOST "\r\n"));
	is_int(response_head(ssl)->status, 200, "HEAD is answered as well");
	is_int(ask(ssl, "DELETE " OURS "/status HTTP/1.1\r\n" HOST "\r\n")->status, 405,
	       "and no other method");
	client_close(ssl);
}

static bool is_not_ready(const struct response *r)
{
	static const char end[] = "\",\"type\":\"server_error\",\"code\":\"not_ready\"}}\n";
	size_t len = sizeof(end) - 1;

	return r->status == 503 && strstr(r->head, "retry-after: 5\r\n") &&
	       !strncmp(r->body, "{\"error\":{\"message\":\"", 21) && r->len > len &&
	       !strcmp(r->body + r->len - len, end);
}

/* The container listens already: a hostile one could, and a wrong order of ours would. */
static void test_refusals(void)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\n" HOST "\r\n",
		"POST /v1/completions HTTP/1.1\r\n" HOST "content-length: 3\r\n\r\nabc",
		"POST /v1/completions HTTP/1.1\r\n" HOST "content-length: 999999\r\n\r\n",
		"GET /live HTTP/1.1\r\n" HOST "connection: upgrade\r\nupgrade: websocket\r\n\r\n",
		"GET " OURS " HTTP/1.1\r\n" HOST "\r\n",
		"GET " OURS "/metrics HTTP/1.1\r\n" HOST "\r\n",
		"GET " OURS "/other HTTP/1.1\r\n" HOST "\r\n",
		"POST " OURS "/activate HTTP/1.1\r\n" HOST "content-length: 3\r\n\r\nabc",
	};
	uint8_t message[QUOTING_MAX];
	struct pollfd quoter = { .fd = world.quoter, .events = POLLIN };
	SSL *ssl;

	if (write(world.go, "x", 1) != 1 || strcmp(told(9), "listening") != 0)
		die("the server does not listen");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		char line[128];

		ssl = client(requests[i]);
		snprintf(line, sizeof(line), "not ready: %.*s", (int)strcspn(requests[i], "\r"),
			 requests[i]);
		ok(is_not_ready(response(ssl)), line);
		client_close(ssl);
	}
	ssl = client("e raw bytes");
	is_int(response(ssl)->status, 400, "what is no HTTP is told so, and goes nowhere");
	client_close(ssl);
	ssl = client(EVIDENCE);
	ok(is_not_ready(response(ssl)), "not ready: evidence");
	tells(ssl, "model", 37, "false", "and the connection goes on");
	client_close(ssl);
	ok(seen->connections == 0 && seen->bytes == 0, "the container has seen none of it");
	ok(poll(&quoter, 1, 0) == 0 || recv(world.quoter, message, 1, MSG_PEEK) < 0,
	   "nor the quoter");
}

static int files_of_gateway(void)
{
	char path[64];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)world.gateway);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2; /* . and .. */
}

/* Memory that is to be loaded into must not be missing because of strangers. */
static void test_room(void)
{
	enum { MANY = 3 * EARLY };
	int fds[MANY], before = files_of_gateway();
	SSL *other;

	for (int i = 0; i < MANY; i++) {
		fds[i] = client_connect();
		if (write(fds[i], "\x16\x03\x01\x02\x00", 5) != 5)
			break; /* this one was closed already */
	}
	other = client_from("127.0.0.2");
	tells(other, "model", 37, "false", "beside one that connects without end, another is told");
	ok(files_of_gateway() - before <= EARLY, "there are few connections, however many come");
	client_close(other);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void test_serving(void)
{
	SSL *before = client(""), *ssl;
	uint8_t message[QUOTING_MAX];

	tells(before, "model", 37, "false", "a client that has waited");
	tell_status(STATUS_START, 100);
	tells(before, "start", 100, "false", "all is loaded, and nothing runs yet");
	close(world.progress);
	is_int(seen->connections, 0, "the container has no connection before the quoter speaks");
	quoter_says(QUOTING_HELLO, HELLO, strlen(HELLO));
	is_str(reported(), "serving", "the gateway says when the container accepts");
	tells(before, "serving", 100, "true", "and is ready");
	is_str(ask(before, "GET /a HTTP/1.1\r\n" HOST "\r\n")->body, "GET /a HTTP/1.1 0",
	       "the client that has waited reaches the container");
	client_close(before);
	ssl = client(EVIDENCE);
	ok(quoter_hears(message) > 0 && message[0] == QUOTING_QUOTE, "evidence is made");
	client_close(ssl);
	ssl = client("ehello");
	is_str(receive(ssl, 5), "hello", "and other protocols pass, where the plan says so");
	client_close(ssl);
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.metrics 1\n"
			"gateway.raw 1\n"
			"gateway.status 1\n";
	start_world();
	test_opening();
	test_refusals();
	test_room();
	test_serving();
	close(world.quoter);
	is_str(reported(), "cannot go on without its quoter: Broken pipe",
	       "without a quoter it ends, as ever");
	kill(world.server, SIGKILL);
	return tap_done();
}
