/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/common/service.h"
#include "initramfs/container/container.h"

/* What the container's process says of a step that failed. */
struct failure {
	int error;
	char what[200];
};

/* In the child; returns only when a step failed. */
static void become_container(struct container *c)
{
	const struct plan *plan = &c->plan;
	const char *host = plan->image;

	(void)umask(0022);
	if (failed(c, "cannot start a session", sys(setsid())) ||
	    failed(c, "cannot set its host name", sys(sethostname(host, strlen(host)))) ||
	    failed(c, "cannot close its descriptors",
		   sys(syscall(SYS_close_range, 3U, UINT_MAX, CLOSE_RANGE_CLOEXEC))) ||
	    /* Whatever is opened from here on closes, too. */
	    failed(c, "", files_enter(c)) || failed(c, "", policy_enter(c)))
		return;
	(void)execve(plan->argv[0], (char *const *)(uintptr_t)plan->argv,
		     (char *const *)(uintptr_t)plan->envp);
	(void)failed(c, "cannot execute its program", -errno);
}

/*
 * The network namespace is shared with the dialer, and the user namespace comes last, so that every
 * other one belongs to the machine and not to the container.
 */
static pid_t clone_into(int group)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)group,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* The pipe ends without a word when execve(2) closes it. */
static int wait_exec(struct container *c, int pipe)
{
	static struct failure failure;
	ssize_t n = read(pipe, &failure, sizeof(failure));

	if (n == 0)
		return 0;
	(void)failed(c, "the container said nothing", n == sizeof(failure) ? 0 : -EIO);
	(void)failed(c, failure.what, failure.error);
	return -ECHILD;
}

int container_start(struct container *c)
{
	int pipe[2], r;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	c->pid = clone_into(c->group);
	if (c->pid < 0)
		return -errno;
	if (c->pid == 0) {
		struct failure failure = { 0 };

		become_container(c);
		failure.error = c->error;
		(void)snprintf(failure.what, sizeof(failure.what), "%s", c->what);
		(void)!write(pipe[1], &failure, sizeof(failure));
		_exit(127);
	}
	(void)close(pipe[1]);
	(void)close(SERVICE_CONTAINER_FILTER);
	r = wait_exec(c, pipe[0]);
	(void)close(pipe[0]);
	return r;
}
