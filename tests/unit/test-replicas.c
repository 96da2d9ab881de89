/* SPDX-License-Identifier: MIT */
/* `rampart connect` with several machines: at addresses of their own, and behind one. */
#define _GNU_SOURCE
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "tests/lib/localprogram.h"
#include "tests/lib/standin.h"
#include "tests/lib/tap.h"

#define PLAIN "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
#define KEEP  "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n"

/* One of each TLS key: a key alone says which machine it is. */
static const struct standin_key a0, a1 = { 0, 1, STANDIN_SOUND }, b0 = { 1, 0, STANDIN_SOUND },
				    b1 = { 1, 1, STANDIN_SOUND }, wrong = { 1, 1, STANDIN_WRONG },
				    wrong_a = { 0, 0, STANDIN_WRONG },
				    dead = { 1, 1, STANDIN_DEAD };

static pid_t client;

/* With these machines, and options up to NULL. */
static void connect_begin(const struct standin *machines, size_t n, const char *const *options)
{
	static char urls[4][32];
	const char *args[16] = { "connect" };
	size_t at = 1;

	for (size_t i = 0; i < n; i++) {
		snprintf(urls[i], sizeof(urls[i]), "https://127.0.0.1:%u", machines[i].port);
		args[at++] = urls[i];
	}
	for (size_t i = 0; options && options[i]; i++)
		args[at++] = options[i];
	args[at] = NULL;
	client = client_start(cmd_connect, args);
}

static void connect_ready(const struct standin *machines, size_t n, const char *interval)
{
	const char *const options[] = { "--port", "0", "--interval", interval, NULL };

	(void)unlink(standin_path("proofs"));
	(void)unlink(standin_path("wrong"));
	connect_begin(machines, n, options);
	local_port = client_port();
	must(local_port != 0);
}

static void connect_end(void)
{
	(void)kill(client, SIGTERM);
	is_int(client_wait(client), 0, "it ends");
}

/* Which machine answered: 'a', 'b'; '?': none. */
static char who(const char *answer)
{
	const char *field = strstr(answer, "\r\nx-machine: ");

	if (!field || strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
		return '?';
	return (char)('a' + atoi(field + 13));
}

/* How many of n requests this machine answers. */
static unsigned answered(unsigned n, char machine)
{
	unsigned good = 0;

	while (n-- > 0)
		good += who(local_ask(PLAIN)) == machine;
	return good;
}

static size_t proofs(void)
{
	return strlen(standin_words("proofs"));
}

static void says(const char *words, unsigned n, const char *name)
{
	const char *err = standin_words("err");

	if (!ok(times(err, words) == n, name))
		printf("# %s\n", err);
}

/* ---- behind one address ---- */

static void test_turns(void)
{
	/* The proof at the start, and one for each connection: two machines that take turns, then
	 * one of them restarted. */
	const struct standin_key keys[] = { a0, b0, a0, b0, a0, a1, b0, a1 };
	struct standin machine = standin_start(STANDIN_RIGHT, keys, sizeof(keys) / sizeof(keys[0]));

	connect_ready(&machine, 1, "86400");
	for (int i = 0; i < 7; i++)
		ok(who(local_ask(PLAIN)) != '?', "a machine answers");
	says("another machine answers", 1, "the second machine is told once");
	says("it was restarted", 1, "so is that the first was restarted");
	says("\n", 2, "and taking turns is not");
	connect_end();
	standin_stop(&machine);
}

static void test_balancer(void)
{
	struct standin_key keys[64];
	struct standin machine;

	for (int i = 0; i < 64; i++)
		keys[i] = i % 3 == 0 ? a0 : i % 3 == 1 ? wrong : dead;
	machine = standin_start(STANDIN_RIGHT, keys, 64);
	connect_ready(&machine, 1, "86400");
	is_int(answered(12, 'a'), 12, "one is wrong, one is dead: the healthy one answers all");
	is_str(standin_words("wrong"), "", "no request reaches the wrong one");
	says("is not the one it should be", 1, "which is told once, with the reason");
	says("no TLS 1.3 connection", 1, "so is that one does not answer");
	ok(strstr(standin_words("err"), "set aside: "), "as set aside");
	is_int((int64_t)proofs(), 14, "the wrong one is known by its key, and not asked again");
	connect_end();
	standin_stop(&machine);

	keys[0] = a0;
	for (int i = 1; i < 64; i++)
		keys[i] = i < 32 ? wrong : a0;
	machine = standin_start(STANDIN_RIGHT, keys, 64);
	connect_ready(&machine, 1, "86400");
	ok(strstr(local_ask(PLAIN), "HTTP/1.1 502 "), "wrong ones alone: an end to it");
	ok(proofs() == 2, "after few connections");
	is_str(standin_words("wrong"), "", "and nothing reaches them");
	connect_end();
	standin_stop(&machine);
}

/* ---- at addresses of their own ---- */

static void test_least_used(void)
{
	struct standin machines[] = { standin_start(STANDIN_RIGHT, &a0, 1),
				      standin_start(STANDIN_RIGHT, &b1, 1) };
	int fd[6], of_a = 0;

	connect_ready(machines, 2, "86400");
	ok(words_come("err", "another machine answers"), "both are proved at the start");
	for (int i = 0; i < 6; i++) {
		fd[i] = dial(local_port);
		say(fd[i], filled(KEEP));
		of_a += who(hear(fd[i], "GET / HTTP/1.1")) == 'a';
	}
	is_int(of_a, 3, "connections go to the least used");
	for (int i = 0; i < 6; i++)
		close(fd[i]);
	says("\n", 1, "one line tells of the second key, and no more");
	connect_end();
	standin_stop(&machines[0]);
	standin_stop(&machines[1]);
}

static void test_wrong_at_start(void)
{
	struct standin machines[] = { standin_start(STANDIN_RIGHT, &wrong, 1),
				      standin_start(STANDIN_RIGHT, &a0, 1) };
	char words[128];

	connect_ready(machines, 2, "86400");
	is_int(answered(6, 'a'), 6, "a machine that is wrong from the start: the other serves");
	snprintf(words, sizeof(words), "127.0.0.1:%u set aside: the machine is not the one",
		 machines[0].port);
	says(words, 1, "a line says why it is set aside");
	is_str(standin_words("wrong"), "", "and no request reaches it");
	connect_end();
	standin_stop(&machines[0]);

	machines[0] = standin_start(STANDIN_RIGHT, &wrong, 1);
	standin_stop(&machines[1]);
	connect_begin(machines, 2, NULL);
	is_int(client_wait(client), 1, "a wrong one and none: not what it should be");
	standin_stop(&machines[0]);
	connect_begin(machines, 2, NULL);
	is_int(client_wait(client), 2, "none at all: cannot tell");
}

/* A stream of requests, while one machine is killed, replaced by a wrong one, and comes back. */
static void test_stream(void)
{
	struct standin machines[] = { standin_start(STANDIN_RIGHT, &a0, 1),
				      standin_start(STANDIN_RIGHT, &b1, 1) };
	char words[128];

	connect_ready(machines, 2, "86400");
	ok(words_come("err", "another machine answers"), "two machines serve");
	is_int(answered(8, 'a'), 4, "in turn");
	standin_stop(&machines[1]);
	is_int(answered(8, 'a'), 8, "one is killed: the other answers all");
	snprintf(words, sizeof(words), "127.0.0.1:%u set aside: cannot tell: ", machines[1].port);
	says(words, 1, "which one line says");
	machines[1] = standin_start_at(1, machines[1].port, STANDIN_RIGHT, &wrong, 1);
	snprintf(words, sizeof(words), "127.0.0.1:%u set aside: the machine is not the one",
		 machines[1].port);
	ok(words_come("err", words), "a wrong one in its place is found by itself");
	is_int(answered(8, 'a'), 8, "the other answers all");
	is_str(standin_words("wrong"), "", "no request reaches the wrong one");
	standin_stop(&machines[1]);
	machines[1] = standin_start_at(1, machines[1].port, STANDIN_RIGHT, &b0, 1);
	ok(words_come("err", "serves again"), "the right one comes back");
	is_int(answered(8, 'b'), 4, "and serves");
	connect_end();
	standin_stop(&machines[0]);
	standin_stop(&machines[1]);
}

static void use_hosts(void)
{
	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	     mount(standin_path("hosts"), "/etc/hosts", NULL, MS_BIND, NULL) == 0);
}

static void test_name(void)
{
	static const char hosts[] = "127.0.0.1 pool.test\n127.0.0.2 pool.test\n";
	struct standin machines[] = { standin_start(STANDIN_RIGHT, &a0, 1), { 0 } };
	char url[64], words[128];
	const char *args[] = { "connect", url, "--port", "0", NULL };

	machines[1] = standin_start_at(2, machines[0].port, STANDIN_RIGHT, &b1, 1);
	snprintf(url, sizeof(url), "https://pool.test:%u", machines[0].port);
	standin_save("hosts", hosts, strlen(hosts));
	client_before = use_hosts;
	client = client_start(cmd_connect, args);
	client_before = NULL;
	local_port = client_port();
	ok(words_come("err", "another machine answers"), "a name with two addresses: both serve");
	is_int(answered(8, 'b'), 4, "in turn");
	standin_stop(&machines[1]);
	is_int(answered(8, 'a'), 8, "one is killed: the other answers all");
	snprintf(words, sizeof(words), "pool.test:%u (127.0.0.2) set aside: ", machines[0].port);
	says(words, 1, "a line says which");
	connect_end();
	standin_stop(&machines[0]);
	(void)unlink(standin_path("hosts"));
}

/* ---- from time to time ---- */

static void test_recheck(void)
{
	/* Behind one address: after a0's connection, the wrong one and a0 take turns. */
	struct standin_key keys[512];
	struct standin machines[2];
	int fd;

	for (int i = 0; i < 512; i++)
		keys[i] = i < 2 || i % 2 ? a0 : wrong;
	machines[0] = standin_start(STANDIN_RIGHT, keys, 512);
	connect_ready(machines, 1, "1");
	fd = dial(local_port);
	say(fd, filled(KEEP));
	ok(who(hear(fd, "GET / HTTP/1.1")) == 'a', "a connection to a machine");
	ok(words_come("err", "is not the one it should be"), "another one behind it is wrong");
	(void)poll(NULL, 0, 1500);
	say(fd, filled(KEEP));
	ok(who(hear(fd, "GET / HTTP/1.1")) == 'a', "the connection to the right one goes on");
	close(fd);
	connect_end();
	standin_stop(&machines[0]);

	/* The very machine fails, by its key, at its second proof; the other one is left alone. */
	keys[0] = keys[1] = keys[2] = a0;
	for (int i = 3; i < 512; i++)
		keys[i] = wrong_a;
	machines[0] = standin_start(STANDIN_RIGHT, keys, 512);
	connect_ready(machines, 1, "1");
	fd = dial(local_port);
	say(fd, filled(KEEP));
	(void)hear(fd, "GET / HTTP/1.1");
	ok(strcmp(hear(fd, NULL), "silence") != 0, "a proof fails: the connection is cut");
	says("cut: the machine is not the one it should be", 1, "with the reason");
	close(fd);
	connect_end();
	standin_stop(&machines[0]);
}

/* ---- the log ---- */

static void test_log(void)
{
	struct standin machines[] = { standin_start(STANDIN_RIGHT, &wrong, 1),
				      standin_start(STANDIN_RIGHT, &a0, 1) };
	char path[128], first[4096];
	const char *const options[] = { "--port", "0", "--log", path, NULL };
	const char *end;
	json_t *line;

	snprintf(path, sizeof(path), "%s", standin_path("log"));
	(void)unlink(standin_path("proofs"));
	connect_begin(machines, 2, options);
	local_port = client_port();
	is_int(answered(2, 'a'), 2, "with a log it serves");
	connect_end();
	is_int(times(standin_words("log"), "\n"), (int64_t)proofs(), "each proof is a line");
	end = strchrnul(standin_words("log"), '\n');
	snprintf(first, sizeof(first), "%.*s", (int)(end - standin_words("log")),
		 standin_words("log"));
	line = json_loads(first, JSON_REJECT_DUPLICATES, NULL);
	is_str(json_string_value(json_object_get(line, "verdict")), "fails",
	       "of JSON: the verdict");
	ok(json_string_value(json_object_get(line, "reason")) &&
		   strlen(json_string_value(json_object_get(line, "identity"))) == 64 &&
		   json_string_value(json_object_get(line, "golden")) &&
		   strlen(json_string_value(json_object_get(line, "time"))) == 20,
	   "its reason, the key, golden values, and the time");
	snprintf(first, sizeof(first), "127.0.0.1:%u", machines[0].port);
	is_str(json_string_value(json_object_get(line, "address")), first, "and where");
	json_decref(line);
	ok(times(standin_words("log"), "\"reason\":null") == 3, "one that holds has no reason");
	must(unlink(path) == 0);
	snprintf(path, sizeof(path), "/nowhere/log");
	connect_begin(machines, 2, options);
	is_int(client_wait(client), 2, "a log that cannot be written is an error at once");
	standin_stop(&machines[0]);
	standin_stop(&machines[1]);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	standin_begin();
	test_turns();
	test_balancer();
	test_least_used();
	test_wrong_at_start();
	test_stream();
	if (geteuid() == 0)
		test_name();
	else
		tap_skip("a name with two addresses", "needs root for an /etc/hosts of its own");
	test_recheck();
	test_log();
	standin_end();
	return tap_done();
}
