/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/init/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/clock.h"
#include "initramfs/common/reason.h"

#define FD_ABOVE 64 /* sources are copied up here first, so that no target overwrites one */

/* In the child; returns only when a step failed. */
static int become(const struct child *child, const int *copies)
{
	static const char *const env[] = { "PATH=/bin", NULL };
	sigset_t none;
	int r;

	if (setsid() < 0)
		return -errno;
	for (size_t i = 0; i < child->n_fds; i++)
		if (dup2(copies[i], (int)i) < 0)
			return -errno;
	r = child->prepare ? child->prepare() : 0;
	if (r < 0)
		return r;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -errno;
	(void)execve(child->path, (char *const *)(uintptr_t)child->argv,
		     (char *const *)(uintptr_t)env);
	return -errno;
}

/* execve(2) closes the pipe: its end without a message means success. */
static int spawn(const struct child *child, const int *copies, pid_t *ret_pid)
{
	int pipe[2], error = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		int report = fcntl(pipe[1], F_DUPFD_CLOEXEC, FD_ABOVE);

		error = become(child, copies);
		(void)!write(report, &error, sizeof(error));
		_exit(127);
	}
	if (pid < 0)
		error = -errno;
	(void)close(pipe[1]);
	do
		n = read(pipe[0], &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	(void)close(pipe[0]);
	if (error == 0)
		*ret_pid = pid;
	return error;
}

int child_start(const struct child *child, pid_t *ret_pid)
{
	int copies[CHILD_FDS_MAX];
	size_t n = 0;
	int r = child->n_fds > CHILD_FDS_MAX ? -EINVAL : 0;

	while (r == 0 && n < child->n_fds) {
		copies[n] = fcntl(child->fds[n], F_DUPFD_CLOEXEC, FD_ABOVE);
		if (copies[n] < 0)
			r = -errno;
		else
			n++;
	}
	if (r == 0)
		r = spawn(child, copies, ret_pid);
	while (n > 0)
		(void)close(copies[--n]);
	return r < 0 ? because(r, "cannot start %s: %s", child->path, strerror(-r)) : 0;
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

int child_wait(int signals, pid_t pid, int timeout_ms, int *ret_status)
{
	int64_t deadline = clock_ms(CLOCK_MONOTONIC) + timeout_ms;

	for (;;) {
		struct pollfd p = { .fd = signals, .events = POLLIN };
		int64_t left = deadline - clock_ms(CLOCK_MONOTONIC);
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
