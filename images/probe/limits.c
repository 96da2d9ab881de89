/* SPDX-License-Identifier: MIT */
/* Limits: the container gets no more than the plan says, and the machine goes on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* The attempts' own bounds: above any limit in the plan of an image this small. */
#define PROCESSES 4096
#define FILES	  65536
#define INODES	  16384
#define SCRATCH	  (64 << 20)
#define LOCKED	  (64 << 20)
#define PIPE	  (16 << 20)
#define WATCHERS  1024
#define TIMERS	  65536

/* Children wait on a pipe that ends with this process, so they need no killing. */
static int fork_until(int bound, int *ret_n)
{
	int fds[2], r = 0;
	char byte;

	*ret_n = 0;
	if (pipe(fds) < 0)
		return -errno;
	while (*ret_n < bound) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)close(fds[1]);
			_exit((int)read(fds[0], &byte, 1));
		}
		if (pid < 0) {
			r = -errno;
			break;
		}
		++*ret_n;
	}
	return r;
}

static int run_fork_bomb(const char *arg)
{
	int n, r = fork_until(PROCESSES, &n);

	(void)arg;
	note("after %d processes", n);
	return r;
}

static int open_until(int bound, int *ret_n)
{
	for (*ret_n = 0; *ret_n < bound; ++*ret_n)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return -errno;
	return 0;
}

static int run_files(const char *arg)
{
	int n, r = open_until(FILES, &n);

	(void)arg;
	note("after %d files", n);
	return r;
}

static int fill_until(const char *path, int bound, int *ret_kib)
{
	static char block[65536];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), r = 0;
	long total = 0;

	*ret_kib = 0;
	if (fd < 0)
		return -errno;
	memset(block, 0x55, sizeof(block));
	while (r == 0 && total < bound) {
		ssize_t n = write(fd, block, sizeof(block));

		if (n < 0)
			r = -errno;
		else
			total += n;
	}
	*ret_kib = (int)(total >> 10);
	(void)close(fd);
	(void)unlink(path);
	return r;
}

static int run_scratch(const char *arg)
{
	int kib, r = fill_until(arg, SCRATCH, &kib);

	note("after %d KiB", kib);
	return r;
}

static int run_inodes(const char *arg)
{
	char path[64];
	int n = 0, r = 0;

	while (r == 0 && n < INODES) {
		(void)snprintf(path, sizeof(path), "%s%d", arg, n);
		r = try_open(path, O_WRONLY | O_CREAT);
		n += r == 0;
	}
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s%d", arg, i);
		(void)unlink(path);
	}
	note("after %d files", n);
	return r;
}

static int run_mlock(const char *arg)
{
	void *p = mmap(NULL, LOCKED, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)arg;
	return p == MAP_FAILED ? -errno : result(mlock(p, LOCKED));
}

static int run_pipe_size(const char *arg)
{
	int fds[2];

	(void)arg;
	return pipe(fds) < 0 ? -errno : result(fcntl(fds[1], F_SETPIPE_SZ, PIPE));
}

static int run_inotify(const char *arg)
{
	int n = 0;

	(void)arg;
	while (n < WATCHERS && inotify_init1(IN_CLOEXEC) >= 0)
		n++;
	note("after %d", n);
	return n == WATCHERS ? 0 : -errno;
}

static int run_timers(const char *arg)
{
	int n = 0;

	(void)arg;
	while (n < TIMERS) {
		int id;

		if (syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) < 0)
			break;
		n++;
	}
	note("after %d", n);
	return n == TIMERS ? 0 : -errno;
}

static int run_signals(const char *arg)
{
	const union sigval value = { .sival_int = 1 };
	sigset_t set;
	int n = 0;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	while (n < TIMERS && sigqueue(getpid(), SIGRTMIN, value) == 0)
		n++;
	note("after %d", n);
	return n == TIMERS ? 0 : -errno;
}

/* System V memory and POSIX queues outlive the process. */
static int run_shm(const char *arg)
{
	int id = (int)syscall(SYS_shmget, 0, 1UL << 20, 0600);

	(void)arg;
	if (id < 0)
		return -errno;
	(void)syscall(SYS_shmctl, id, 0 /* IPC_RMID */, NULL);
	return 0;
}

static int run_mqueue(const char *arg)
{
	return result(syscall(SYS_mq_open, arg, O_RDWR | O_CREAT, 0600, NULL));
}

static int run_locked_huge(const char *arg)
{
	(void)arg;
	return mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) ==
			       MAP_FAILED
		       ? -errno
		       : 0;
}

static const struct attempt attempts[] = {
	{ "fork-bomb", "starve everybody of processes", LIMITED, run_fork_bomb, NULL, 0 },
	{ "open-files", "starve everybody of files", LIMITED, run_files, NULL, 0 },
	{ "fill-scratch", "starve everybody of memory", LIMITED, run_scratch, "/tmp/probe-full",
	  EROFS },
	{ "empty-files", "fill the kernel's memory", LIMITED, run_inodes, "/tmp/probe-", EROFS },
	{ "mlock", "starve everybody of memory", LIMITED, run_mlock, NULL, 0 },
	{ "huge-pages", "starve everybody of memory", LIMITED, run_locked_huge, NULL, EINVAL },
	{ "pipe-size", "fill the kernel's memory", LIMITED, run_pipe_size, NULL, 0 },
	{ "inotify", "fill the kernel's memory", LIMITED, run_inotify, NULL, ENOSYS },
	{ "timers", "fill the kernel's memory", LIMITED, run_timers, NULL, 0 },
	{ "queued-signals", "fill the kernel's memory", LIMITED, run_signals, NULL, 0 },
	{ "shared-memory", "keep memory after the end", REFUSED, run_shm, NULL, 0 },
	{ "posix-queue", "keep data after the end", REFUSED, run_mqueue, "probe", 0 },
};

const struct topic limits_topic = { "limits", attempts, sizeof(attempts) / sizeof(attempts[0]) };

/* The kernel kills it at the limit, and with memory.oom.group the whole container. */
static void eat_memory(void)
{
	static const size_t step = 1 << 20;

	(void)prctl(PR_SET_NAME, "PROBE-CANARY"); /* the kernel's message has it */
	for (;;) {
		char *p = malloc(step);

		if (p)
			memset(p, 0x55, step);
	}
}

int bomb(const char *name, char *text, size_t size)
{
	int n = 0, r = 0;

	if (!strcmp(name, "memory"))
		eat_memory();
	else if (!strcmp(name, "fork"))
		r = fork_until(PROCESSES, &n);
	else if (!strcmp(name, "files"))
		r = open_until(FILES, &n);
	else if (!strcmp(name, "scratch"))
		r = fill_until("/tmp/probe-full", SCRATCH, &n);
	else
		return -1;
	(void)snprintf(text, size, "%s after %d", r == 0 ? "no limit" : strerror(-r), n);
	return 0;
}
