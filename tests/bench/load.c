/* SPDX-License-Identifier: MIT */
/*
 * load RAM_DIR sha256|fsverity FILE...: loads files into a tmpfs as init loads models of a payload
 * volume (initramfs/init/loading.c: the same digests_work() on every core), and prints the
 * milliseconds until every digest is there, then the digests, a line each.
 *
 * A file in memory stands for the disk: pread(2) copies its bytes, where a disk would write them
 * itself. Threads stand for init's children, and the same is done some times over with the same
 * pages, of which the fastest time counts: what a page costs for the first time in a process is the
 * hypervisor's business, and was seen to differ tenfold.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "measure/lib/digests.h"

#define FILES_MAX   64
#define WORKERS_MAX 64
#define TIMES	    5

static int source[FILES_MAX];
static struct digests_file files[FILES_MAX];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int fetch(void *arg, size_t i, uint64_t off, size_t len)
{
	size_t done = 0;

	(void)arg;
	while (done < len) {
		ssize_t n = pread(source[i], files[i].bytes + off + done, len - done,
				  (off_t)(off + done));

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static void open_file(size_t i, const char *path, const char *ram)
{
	char copy[4096];
	struct stat st;
	void *bytes;
	int fd;

	source[i] = open(path, O_RDONLY | O_CLOEXEC);
	if (source[i] < 0 || fstat(source[i], &st) < 0)
		die(path);
	(void)snprintf(copy, sizeof(copy), "%s/%zu", ram, i);
	fd = open(copy, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(copy) < 0 || ftruncate(fd, st.st_size) < 0)
		die(copy);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		die(copy);
	(void)close(fd);
	files[i].bytes = bytes;
	files[i].size = (uint64_t)st.st_size;
	files[i].fetched = true;
}

static void *work(void *arg)
{
	digests_work(arg);
	return NULL;
}

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double run(struct digests *d, size_t n_workers)
{
	void *memory = calloc(1, digests_memory(d->file, d->n));
	pthread_t thread[WORKERS_MAX];
	double start = now_ms();

	if (!memory)
		die("calloc");
	digests_init(d, memory);
	for (size_t i = 1; i < n_workers; i++)
		if (pthread_create(&thread[i], NULL, work, d))
			die("pthread_create");
	digests_work(d);
	for (size_t i = 1; i < n_workers; i++)
		(void)pthread_join(thread[i], NULL);
	start = now_ms() - start;
	free(memory);
	if (atomic_load(&d->error) < 0)
		die("fetch");
	return start;
}

int main(int argc, char **argv)
{
	size_t n = argc > 3 ? (size_t)argc - 3 : 0;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct digests d = { .file = files, .n = n, .fetch = fetch };
	double best = 0;

	if (n == 0 || n > FILES_MAX || cores > WORKERS_MAX) {
		fputs("usage: load RAM_DIR sha256|fsverity FILE...\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		open_file(i, argv[3 + i], argv[1]);
		files[i].fsverity = !strcmp(argv[2], "fsverity");
	}
	for (int i = 0; i < TIMES; i++) {
		double ms = run(&d, cores > 1 ? (size_t)cores : 1);

		best = i == 0 || ms < best ? ms : best;
	}
	printf("%.1f\n", best);
	for (size_t i = 0; i < n; i++) {
		char hex[HASH_HEX_MAX];

		digest_hex(&files[i].digest, hex);
		printf("%s\n", hex);
	}
	return 0;
}
