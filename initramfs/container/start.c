/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/common/dialer.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/container/container.h"

/* What the container's process says of a step that failed. */
struct failure {
	int error;
	char reason[REASON_MAX];
};

/* In the child; returns only when a step failed. */
static int become_container(struct container *c)
{
	const struct plan *plan = &c->plan;
	int r;

	(void)umask(0022);
	r = because_of(sys(setsid()), "cannot start a session") ?:
	    because_of(sys(sethostname(plan->image, strlen(plan->image))), "cannot set its host name") ?:
	    because_of(sys(syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC)),
		       "cannot close its descriptors") ?:
	    /* Whatever is opened from here on closes, too. */
	    files_enter(c) ?: policy_enter(c);
	if (r < 0)
		return r;
	if (plan->debug)
		(void)dialer_answer(SERVICE_REFUSALS, 0, r);
	(void)execve(plan->argv[0], (char *const *)(uintptr_t)plan->argv,
		     (char *const *)(uintptr_t)plan->envp);
	return because_of(-errno, "cannot execute its program");
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
static int wait_exec(int pipe)
{
	static struct failure failure;
	ssize_t n = read(pipe, &failure, sizeof(failure));

	if (n != sizeof(failure))
		return n == 0 ? 0 : because_of(-EIO, "the container said nothing");
	return because(failure.error, "%s", failure.reason);
}

int container_start(struct container *c)
{
	int pipe[2], r;

	if (pipe2(pipe, O_CLOEXEC) < 0 || (c->pid = clone_into(c->group)) < 0)
		return -errno;
	if (c->pid == 0) {
		struct failure failure = { .error = become_container(c) };

		(void)snprintf(failure.reason, sizeof(failure.reason), "%s", reason());
		(void)!write(pipe[1], &failure, sizeof(failure));
		_exit(127);
	}
	(void)close(pipe[1]);
	(void)close(SERVICE_CONTAINER_FILTER);
	r = wait_exec(pipe[0]);
	(void)close(pipe[0]);
	return r;
}
