/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"
#include "service.h"

/* In the child; returns only when a step failed. */
static int become_container(const struct plan *plan, const char **ret_what)
{
	int proc, r;

	*ret_what = "cannot start a session";
	if (setsid() < 0)
		return -errno;
	*ret_what = "cannot set its host name";
	if (sethostname(plan->image, strlen(plan->image)) < 0)
		return -errno;
	(void)umask(0022);
	*ret_what = "cannot close its descriptors";
	if (syscall(SYS_close_range, 3U, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	r = files_enter(plan, &proc, ret_what); /* whatever is opened from here on closes, too */
	if (r == 0)
		r = policy_enter(plan, proc, SERVICE_CONTAINER_FILTER, ret_what);
	if (r < 0)
		return r;
	*ret_what = "cannot execute its program";
	(void)execve(plan->argv[0], (char *const *)(uintptr_t)plan->argv,
		     (char *const *)(uintptr_t)plan->envp);
	return -errno;
}

/*
 * The network namespace is shared with the dialer, and the user namespace comes last, so that every
 * other one belongs to the machine and not to the container.
 */
static pid_t clone_into(const struct cgroup *group)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)group->dir,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* The pipe ends without a word when execve(2) closes it. */
static int wait_exec(int pipe)
{
	char text[200];
	ssize_t n = read(pipe, text, sizeof(text) - 1);

	if (n == 0)
		return 0;
	text[n > 0 ? n : 0] = '\0';
	report("%s", n > 0 ? text : "the container said nothing");
	return -ECHILD;
}

int container_start(const struct plan *plan, const struct cgroup *group, pid_t *ret_pid)
{
	int pipe[2], r;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	pid = clone_into(group);
	if (pid < 0) {
		r = -errno;
		report("cannot make its namespaces: %s", strerror(-r));
		return r;
	}
	if (pid == 0) {
		char text[200];
		const char *what = "";

		r = become_container(plan, &what);
		(void)snprintf(text, sizeof(text), "%s: %s", what, strerror(-r));
		(void)!write(pipe[1], text, strlen(text));
		_exit(127);
	}
	(void)close(pipe[1]);
	r = wait_exec(pipe[0]);
	(void)close(pipe[0]);
	*ret_pid = pid;
	return r;
}
