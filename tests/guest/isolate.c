/* SPDX-License-Identifier: MIT */
/*
 * A container for each connection: the launcher as in the guest, started ahead, used once, ended, and
 * started again. What one client leaves no other finds, and what one does to its container, in its
 * container, no other notices.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/common/dial.h"
#include "initramfs/common/service.h"
#include "tests/lib/guestroot.h"
#include "tests/lib/poolworld.h"
#include "tests/lib/tap.h"

#define SERVES "arg.00 /httpd\narg.01 8080\n"
#define KEEP   "POST /keep HTTP/1.1\r\nContent-Length: 8\r\n\r\ncanary-1"
#define STORE  "GET /store?canary-2 HTTP/1.1\r\n\r\n"
#define STORED "GET /stored HTTP/1.1\r\n\r\n"
#define KEPT   "GET /kept HTTP/1.1\r\n\r\n"
#define FORKS  "GET /forks HTTP/1.1\r\n\r\n"
#define BOMB   "GET /bomb HTTP/1.1\r\n\r\n"
#define STREAM "GET /stream HTTP/1.1\r\n\r\n"
#define EXIT   "GET /exit HTTP/1.1\r\n\r\n"
#define END    "GET /end HTTP/1.1\r\n\r\n"
#define ATTACK "GET /attack HTTP/1.1\r\n\r\n"

static void test_canary(void)
{
	int found = 0, a, b;

	pool_start(0, SERVES);
	is_str(pool_get(pool_dial(), KEEP), "kept\n", "one container: a client leaves something");
	is_str(pool_get(pool_dial(), KEPT), "canary-1", "and another finds it");
	is_str(pool_get(pool_dial(), STORE), "stored\n", "the same in its scratch");
	is_str(pool_get(pool_dial(), STORED), "canary-2", "where it is found as well");
	pool_stop();
	pool_start(2, SERVES);
	is_str(pool_get(pool_dial(), KEEP), "kept\n", "isolated: a client leaves something");
	is_str(pool_get(pool_dial(), STORE), "stored\n", "and in its scratch");
	for (int i = 0; i < 8; i++) {
		found += strcmp(pool_get(pool_dial(), KEPT), "nothing\n") != 0;
		found += strcmp(pool_get(pool_dial(), STORED), "nothing\n") != 0;
	}
	is_int(found, 0, "and no other finds it, in any container");
	a = pool_dial();
	b = pool_dial();
	is_str(pool_get(a, KEEP), "kept\n", "two at once: one leaves something");
	is_str(pool_get(b, KEPT), "nothing\n", "which the other does not find");
}

/* Goes on with the launcher of before. */
static void test_exhausted(void)
{
	int a = pool_dial(), b = pool_dial();

	pool_ask();
	ok(pool_waits(), "when all have a client, another one waits");
	(void)pool_get(a, KEPT);
	is_str(pool_get(pool_take(), KEPT), "nothing\n", "until one has left");
	(void)pool_get(b, KEPT);
	pool_stop();
}

static void test_bomb(void)
{
	static char alone[16];
	int bomb, same = 0;

	pool_start(3, SERVES);
	snprintf(alone, sizeof(alone), "%s", pool_get(pool_dial(), FORKS));
	ok(strtol(alone, NULL, 10) > 4, "a container makes as many processes as its limit lets it");
	bomb = pool_dial();
	(void)!write(bomb, BOMB, strlen(BOMB));
	for (int i = 0; i < 10; i++)
		same += !strcmp(pool_get(pool_dial(), FORKS), alone);
	is_int(same, 10, "and no fewer while another one's are all taken");
	is_str(pool_get(bomb, ""), "50 times\n", "where a bomb goes off, again and again");
	pool_stop();
}

/* Whatever way one ends, it costs its own connection. */
static void test_ends(void)
{
	static const char *const ends[] = { EXIT, END, ATTACK };
	int stream, served = 0;

	pool_start(3, SERVES);
	stream = pool_dial();
	ok(!strncmp(pool_say(stream, STREAM, 12), "HTTP/1.1 200", 12), "an answer has begun");
	for (int i = 0; i < 3; i++) {
		is_str(pool_get(pool_dial(), ends[i]), "", "a container ends before it answers");
		served += !strcmp(pool_get(pool_dial(), KEPT), "nothing\n");
	}
	is_int(served, 3, "others are served after each of them");
	ok(strstr(pool_say(stream, "", SIZE_MAX), "line 9"),
	   "and the answer that had begun goes on to its end");
	close(stream);
	pool_stop();
}

/* Before its client comes. */
static void test_waiting(void)
{
	int served = 0, held[2];

	pool_start(3, SERVES);
	for (int i = 0; i < 3; i++)
		(void)pool_get(pool_dial(), KEPT);
	held[0] = pool_dial();
	held[1] = pool_dial();
	for (unsigned slot = 0; slot < 3; slot++)
		pool_kill(slot);
	ok(!strcmp(pool_get(held[0], KEPT), "") && !strcmp(pool_get(held[1], KEPT), ""),
	   "all containers are killed");
	/* One may be given to the idle container before the launcher has heard of its end. */
	for (int i = 0; i < 7 && served < 6; i++)
		served += !strcmp(pool_get(pool_dial(), KEPT), "nothing\n");
	is_int(served, 6, "the one that waited, too; there are others in their places");
	pool_stop();
}

/* None has served: it is for init to say what follows. */
static void test_failures(void)
{
	char said[256];

	pool_start(2, "arg.00 /httpd\narg.01 exit\n");
	is_int(pool_ended(said), LAUNCHER_FAILED, "a program that does not stay ends the launcher");
	is_str(said, "exited with status 3", "which says how");
	pool_start(2, "arg.00 /httpd\narg.01 facts\n");
	is_int(pool_ended(said), LAUNCHER_EXITED_0, "the same with one that ends well");
	is_str(said, "exited with status 0", "which says so");
}

int main(void)
{
	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root for namespaces\n");
		return 0;
	}
	pool_init(GUESTROOT_HTTPD, NULL);
	test_canary();
	test_exhausted();
	test_bomb();
	test_ends();
	test_waiting();
	test_failures();
	return tap_done();
}
