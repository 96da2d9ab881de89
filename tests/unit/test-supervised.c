/* SPDX-License-Identifier: MIT */
/* `rampart connect` under a supervisor: sockets that are handed over, what it is told, how it ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "tests/lib/localprogram.h"
#include "tests/lib/standin.h"
#include "tests/lib/tap.h"

#define KEEP "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n"
#define HELD "GET /held HTTP/1.1\r\nHost: HOST\r\n\r\n"

static const struct standin_key right;
static struct standin machine;
static pid_t client;

static void connect_begin(const char *const *options)
{
	static char url[32];
	const char *args[16] = { "connect", url };
	size_t at = 2;

	snprintf(url, sizeof(url), "https://127.0.0.1:%u", machine.port);
	while (*options)
		args[at++] = *options++;
	client = client_start(cmd_connect, args);
}

static void connect_ready(const char *const *options)
{
	connect_begin(options);
	local_port = client_port();
	must(local_port != 0);
}

/* ---- its end ---- */

/* A request of which half of the answer is here. */
static int hold(void)
{
	int fd = dial(local_port);

	say(fd, filled(HELD));
	must(strstr(hear(fd, "first"), "first") != NULL);
	return fd;
}

static bool is_shut(void)
{
	const struct sockaddr_in there = { .sin_family = AF_INET,
					   .sin_port = htons((uint16_t)local_port),
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool refused = false;

	for (int i = 0; i < 1000 && !refused; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		refused = connect(fd, (const struct sockaddr *)&there, sizeof(there)) < 0;
		close(fd);
		(void)poll(NULL, 0, 10);
	}
	return refused;
}

static void test_drain(void)
{
	const char *const options[] = { "--port", "0", NULL };
	int held, idle;

	connect_ready(options);
	idle = dial(local_port);
	say(idle, filled(KEEP));
	(void)hear(idle, "GET / HTTP/1.1");
	held = hold();
	(void)kill(client, SIGTERM);
	ok(is_shut(), "after SIGTERM it takes no client");
	is_str(hear(idle, NULL), "", "one that asks nothing is let go");
	is_int(waitpid(client, NULL, WNOHANG), 0, "one that waits for its answer keeps it running");
	standin_save("go", "", 0);
	is_str(hear(held, " last"), " last", "and gets all of it");
	is_str(hear(held, NULL), "", "then its connection ends");
	is_int(client_wait(client), 0, "and the program, well");
	is_str(standin_words("err"), "", "without a word");
	close(idle);
	close(held);
	(void)unlink(standin_path("go"));
}

static void test_impatient(void)
{
	const char *const options[] = { "--port", "0", "--drain", "1", NULL };
	const char *const patient[] = { "--port", "0", "--drain", "3600", NULL };
	const char *const bad[] = { "--drain", "3601", NULL };
	int held;

	connect_ready(options);
	held = hold();
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 0, "a request that does not end has its time");
	ok(strstr(standin_words("err"), "requests that ran longer than 1 s"), "which is told");
	close(held);

	connect_ready(patient);
	held = hold();
	(void)kill(client, SIGTERM);
	must(is_shut());
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 128 + SIGTERM, "a second SIGTERM ends it at once");
	close(held);

	connect_begin(bad);
	is_int(client_wait(client), 2, "an hour is the most");
}

/* ---- what it says ---- */

static void test_json(void)
{
	const char *const options[] = { "--port", "0", "--json", NULL };
	const char *address;
	json_t *json;

	connect_begin(options);
	must(words_come("out", "}\n"));
	json = json_loads(standin_words("out"), JSON_REJECT_DUPLICATES, NULL);
	ok(json, "all that it prints is an object of JSON");
	address = json_string_value(json_object_get(json, "listening"));
	must(address && !strncmp(address, "http://127.0.0.1:", 17));
	local_port = (unsigned)atoi(address + 17);
	ok(strstr(local_ask(KEEP), "200 OK"), "which says where it listens");
	is_str(json_string_value(json_object_get(json, "image")), "test", "to which image");
	is_int((int64_t)strlen(json_string_value(json_object_get(json, "identity"))), 64,
	       "and to which key");
	json_decref(json);
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 0, "it ends");
}

/* What the supervisor hears next; "" if nothing comes. */
static const char *told(int fd)
{
	static char text[64];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&p, 1, PATIENCE_MS) == 1 ? recv(fd, text, sizeof(text) - 1, 0) : 0;

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_notify(bool is_abstract)
{
	const char *const options[] = { "--port", "0", NULL };
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	char path[sizeof(here.sun_path)];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s%s", is_abstract ? "@" : "", standin_path("sock"));
	strcpy(here.sun_path, path);
	if (is_abstract)
		here.sun_path[0] = '\0';
	must(bind(fd, (struct sockaddr *)&here,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) == 0);
	(void)setenv("NOTIFY_SOCKET", path, 1);
	connect_ready(options);
	is_str(told(fd), "READY=1\n", "the supervisor hears when it is ready");
	(void)kill(client, SIGTERM);
	is_str(told(fd), "STOPPING=1\n", "and when it is about to end");
	is_int(client_wait(client), 0, "which it does");
	(void)unsetenv("NOTIFY_SOCKET");
	close(fd);
	(void)unlink(standin_path("sock"));
}

/* ---- sockets that are handed over ---- */

static int passed, passed_n;
static bool passed_to_other;

static void pass(void)
{
	char text[32];

	must(dup2(passed, 3) == 3);
	snprintf(text, sizeof(text), "%ld", (long)getpid() + passed_to_other);
	(void)setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%d", passed_n);
	(void)setenv("LISTEN_FDS", text, 1);
}

static int bound(uint32_t address, int type)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	must(bind(fd, (struct sockaddr *)&here, len) == 0 &&
	     getsockname(fd, (struct sockaddr *)&here, &len) == 0);
	if (type == SOCK_STREAM)
		must(listen(fd, 8) == 0);
	local_port = ntohs(here.sin_port);
	return fd;
}

/* Of a name without a file. */
static int bound_abstract(void)
{
	const struct sockaddr_un here = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Without a name, the kernel gives one. */
	must(bind(fd, (const struct sockaddr *)&here, sizeof(here.sun_family)) == 0 &&
	     listen(fd, 8) == 0);
	return fd;
}

static void test_passed_port(void)
{
	const char *const none[] = { NULL };
	const char *const port[] = { "--port", "0", NULL };
	char words[64];
	int fd;

	client_before = pass;
	passed = bound(INADDR_LOOPBACK, SOCK_STREAM);
	passed_n = 1;
	fd = dial(local_port);
	say(fd, filled(KEEP));
	connect_begin(none);
	ok(strstr(hear(fd, "GET / HTTP/1.1"), "200 OK"),
	   "a client that waits on the socket is served");
	snprintf(words, sizeof(words), "listening on http://127.0.0.1:%u\n", local_port);
	ok(words_come("out", words), "and where it listens is told");
	close(fd);
	ok(strstr(local_ask("GET / HTTP/1.1\r\nHost: evil\r\n\r\n"), "403 "),
	   "hosts are judged there, too");
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 0, "it ends");
	fd = dial(local_port);
	ok(fd >= 0, "the socket stays with who made it");
	close(fd);

	connect_begin(port);
	is_int(client_wait(client), 2, "a port beside it is an error");
	passed_to_other = true;
	connect_begin(port);
	local_port = client_port();
	ok(strstr(local_ask(KEEP), "200 OK"), "what was for another process is not taken");
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 0, "it ends");
	passed_to_other = false;
	passed_n = 2;
	connect_begin(none);
	is_int(client_wait(client), 2, "two are one too many");
	close(passed);
	client_before = NULL;
}

static void refuses_passed(int fd, const char *name)
{
	const char *const none[] = { NULL };

	client_before = pass;
	passed = fd;
	passed_n = 1;
	connect_begin(none);
	is_int(client_wait(client), 2, name);
	is_int(times(standin_words("err"), "\n"), 1, "... in one line");
	close(passed);
	client_before = NULL;
}

static void test_passed_path(void)
{
	const char *const none[] = { NULL };
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	int fd;

	snprintf(here.sun_path, sizeof(here.sun_path), "%s", standin_path("sock"));
	passed = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(passed, (struct sockaddr *)&here, sizeof(here)) == 0 && listen(passed, 8) == 0);
	client_before = pass;
	passed_n = 1;
	connect_begin(none);
	fd = dial_unix(here.sun_path);
	say(fd, "GET / HTTP/1.1\r\nHost: any\r\n\r\n");
	ok(strstr(hear(fd, "GET / HTTP/1.1"), "200 OK"), "a path can be handed over");
	ok(words_come("out", "listening on unix:/"), "and is told");
	close(fd);
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 0, "it ends");
	is_int(access(here.sun_path, F_OK), 0, "and leaves the path, which is not its own");
	(void)unlink(here.sun_path);
	close(passed);
	client_before = NULL;
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	standin_begin();
	machine = standin_start(STANDIN_RIGHT, &right, 1);
	test_drain();
	test_impatient();
	test_json();
	test_notify(false);
	test_notify(true);
	test_passed_port();
	test_passed_path();
	refuses_passed(bound(INADDR_ANY, SOCK_STREAM), "one that others can reach is refused");
	refuses_passed(bound(INADDR_LOOPBACK, SOCK_DGRAM), "so is one that no client can reach");
	refuses_passed(bound_abstract(), "and one of a name that has no mode");
	standin_stop(&machine);
	standin_end();
	return tap_done();
}
