/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"

#define FD_ABOVE 64 /* sources are copied up here first, so that no target overwrites one */

static int set_up(posix_spawnattr_t *attr, posix_spawn_file_actions_t *actions, const int *copies,
		  size_t n_fds)
{
	sigset_t none;
	int r;

	sigemptyset(&none);
	r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attr, &none);
	for (size_t i = 0; r == 0 && i < n_fds; i++)
		r = posix_spawn_file_actions_adddup2(actions, copies[i], (int)i);
	return r;
}

static int spawn(const char *path, const char *const argv[], const int *copies, size_t n_fds,
		 pid_t *ret_pid)
{
	static const char *const env[] = { "PATH=/bin", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int r = posix_spawnattr_init(&attr);

	if (r == 0)
		r = posix_spawn_file_actions_init(&actions);
	if (r == 0)
		r = set_up(&attr, &actions, copies, n_fds);
	if (r == 0)
		r = posix_spawn(ret_pid, path, &actions, &attr, (char *const *)(uintptr_t)argv,
				(char *const *)(uintptr_t)env);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return r;
}

int child_start(const char *path, const char *const argv[], const int *fds, size_t n_fds,
		pid_t *ret_pid)
{
	int copies[CHILD_FDS_MAX];
	size_t n = 0;
	pid_t pid = 0;
	int r = n_fds > CHILD_FDS_MAX ? EINVAL : 0;

	for (; r == 0 && n < n_fds; n++) {
		copies[n] = fcntl(fds[n], F_DUPFD_CLOEXEC, FD_ABOVE);
		if (copies[n] < 0) {
			r = errno;
			break;
		}
	}
	if (r == 0)
		r = spawn(path, argv, copies, n_fds, &pid);
	while (n > 0)
		(void)close(copies[--n]);
	if (r != 0)
		return because(-r, "cannot start %s: %s", path, strerror(r));
	*ret_pid = pid;
	return 0;
}

void child_status_text(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(buf, size, "was killed by signal %d", WTERMSIG(status));
	else
		(void)snprintf(buf, size, "exited with status %d", WEXITSTATUS(status));
}

void child_drain(int signals)
{
	struct signalfd_siginfo info[8];

	while (read(signals, info, sizeof(info)) > 0)
		;
}

static int64_t now_ms(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int child_wait(int signals, pid_t pid, int timeout_ms, int *ret_status)
{
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd p = { .fd = signals, .events = POLLIN };
		int64_t left = deadline - now_ms();
		int status;
		pid_t ended = waitpid(-1, &status, WNOHANG);

		if (ended == pid) {
			*ret_status = status;
			return 0;
		}
		if (ended > 0)
			continue;
		if (ended < 0 && errno != EINTR)
			return -errno;
		if (left <= 0) {
			(void)kill(pid, SIGKILL);
			return -ETIMEDOUT;
		}
		(void)poll(&p, 1, (int)left);
		child_drain(signals);
	}
}
