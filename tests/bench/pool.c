/* SPDX-License-Identifier: MIT */
/*
 * A container for each connection, on this machine's kernel: the launcher as in the guest but for the limits of
 * control groups, with the container of images/test (tests/lib/poolworld.h). Prints "pool.KEY VALUE",
 * several of some: us.shared and us.own, from asking for a connection to the first byte of its answer,
 * in one container that all share and with a warm pool; and rate.own, connections a second, one after
 * the other, each with its container; cpu.own is the milliseconds of a processor that each takes.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/poolworld.h"
#include "tests/lib/tap.h"

#define GET	   "GET / HTTP/1.1\r\n\r\n"
#define CONTAINERS 8
#define SAMPLES	   100
#define ROUNDS	   3
#define CONNS	   300	  /* of a round */
#define WARM_US	   100000 /* until another container is ready */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void first_bytes(const char *key)
{
	for (int i = 0; i < SAMPLES; i++) {
		int64_t start, ns;
		int fd;

		usleep(WARM_US);
		start = now_ns();
		fd = pool_dial();
		must(pool_say(fd, GET, 1)[0] == 'H');
		ns = now_ns() - start;
		(void)pool_get(fd, "");
		printf("pool.us.%s %.1f\n", key, (double)ns / 1e3);
	}
}

/* Of those that were started and have ended. */
static double children_ms(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
}

static void rate(void)
{
	double before_ms = children_ms();
	int64_t start;

	pool_start(CONTAINERS, "8080");
	(void)pool_get(pool_dial(), GET);
	start = now_ns();
	for (int i = 0; i < CONNS; i++)
		must(pool_get(pool_dial(), GET)[0] == 'o');
	printf("pool.rate.own %.1f\n", CONNS / ((double)(now_ns() - start) / 1e9));
	pool_stop();
	printf("pool.cpu.own %.2f\n", (children_ms() - before_ms) / CONNS);
}

int main(void)
{
	pool_init();
	pool_start(0, "8080");
	first_bytes("shared");
	pool_stop();
	pool_start(CONTAINERS, "8080");
	first_bytes("own");
	pool_stop();
	for (int round = 0; round < ROUNDS; round++)
		rate();
	return 0;
}
