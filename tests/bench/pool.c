/* SPDX-License-Identifier: MIT */
/*
 * pool PREFIX PROGRAM [MODEL PLAN]: a container for each connection, on this machine's kernel: the launcher as in
 * the guest but for the limits of control groups (tests/lib/poolworld.h), with the program of images/test, or
 * images/llm's, its MODEL and the "arg" lines of its PLAN. Prints "PREFIX.KEY VALUE", several of some: us.shared and
 * us.own, from asking for a connection to the first byte of its answer, in one container that all share
 * and with a warm pool; dirty.own, KiB of memory that one of those that wait has for itself; rate.own,
 * connections a second, one after the other, each with its container; cpu.own is the milliseconds of a
 * processor that each takes.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/poolworld.h"
#include "tests/lib/tap.h"

#define GET	   "GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
#define CONTAINERS 8
#define ROUNDS	   3

static const char *prefix, *request;
static char args[8192] = "arg.00 /httpd\narg.01 8080\n";
static int n_samples = 100, n_conns = 300; /* the latter of a round */
static int warm_us = 100000;		   /* until another container is ready */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void first_bytes(const char *key)
{
	for (int i = 0; i < n_samples; i++) {
		int64_t start, ns;
		int fd;

		usleep((useconds_t)warm_us);
		start = now_ns();
		fd = pool_dial();
		must(pool_say(fd, request, 1)[0] == 'H');
		ns = now_ns() - start;
		(void)pool_get(fd, "");
		printf("%s.us.%s %.1f\n", prefix, key, (double)ns / 1e3);
	}
}

/* Of all processes of the containers that wait, for each of these. */
static void dirty(void)
{
	unsigned long sum = 0, kib;
	char line[256];
	glob_t found;

	if (glob("/proc/[0-9]*/smaps_rollup", 0, NULL, &found) != 0)
		die("/proc");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char comm[64] = "", path[64];
		FILE *f, *rollup = NULL;

		snprintf(path, sizeof(path), "%.*scomm", (int)(strlen(found.gl_pathv[i]) - 12),
			 found.gl_pathv[i]);
		f = fopen(path, "re");
		if (f && fgets(comm, sizeof(comm), f) && !strcmp(comm, "httpd\n"))
			rollup = fopen(found.gl_pathv[i], "re");
		while (rollup && fgets(line, sizeof(line), rollup))
			sum += sscanf(line, "Private_Dirty: %lu", &kib) == 1 ? kib : 0;
		if (rollup)
			fclose(rollup);
		if (f)
			fclose(f);
	}
	globfree(&found);
	printf("%s.dirty.own %lu\n", prefix, sum / CONTAINERS);
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

	pool_start(CONTAINERS, args);
	(void)pool_get(pool_dial(), request);
	start = now_ns();
	for (int i = 0; i < n_conns; i++)
		must(pool_get(pool_dial(), request)[0] != '\0');
	printf("%s.rate.own %.1f\n", prefix, n_conns / ((double)(now_ns() - start) / 1e9));
	pool_stop();
	printf("%s.cpu.own %.2f\n", prefix, (children_ms() - before_ms) / n_conns);
}

/* The program is /httpd there. */
static void read_args(const char *plan)
{
	size_t len = strlen(strcpy(args, "arg.00 /httpd\n"));
	FILE *f = fopen(plan, "re");
	char line[1024];

	if (!f)
		die(plan);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "arg.", 4) != 0 || !strncmp(line, "arg.00 ", 7))
			continue;
		must(len + strlen(line) < sizeof(args));
		len += strlen(strcpy(args + len, line));
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	char get[128];

	if (argc != 3 && argc != 5)
		return 2;
	prefix = argv[1];
	snprintf(get, sizeof(get), GET, argc == 5 ? "v1/models" : "");
	request = get;
	if (argc == 5) {
		read_args(argv[4]);
		n_samples = 10;
		n_conns = 30;
		warm_us = 3000000;
	}
	pool_init(argv[2], argv[3]);
	pool_start(0, args);
	first_bytes("shared");
	pool_stop();
	pool_start(CONTAINERS, args);
	first_bytes("own");
	usleep((useconds_t)warm_us);
	dirty();
	pool_stop();
	for (int round = 0; round < ROUNDS; round++)
		rate();
	return 0;
}
