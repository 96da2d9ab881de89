/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/filtered.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/lib/wall.h"

void filtered_enter(const uint8_t *bpf, size_t len)
{
	int fd = memfd_create("filter", 0);

	if (write(fd, bpf, len) != (ssize_t)len || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    wall_filter(fd, false) < 0)
		syscall(SYS_exit_group, 255);
}

/* The sanitizers' own end would need more calls than a container. */
int filtered_outcome(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return 254;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 253;
	return WEXITSTATUS(status);
}

int filtered_call(const uint8_t *bpf, size_t len, long call, const long arg[4])
{
	pid_t pid = fork();

	if (pid == 0) {
		long r;

		filtered_enter(bpf, len);
		r = syscall(call, arg[0], arg[1], arg[2], arg[3], 0, 0);
		syscall(SYS_exit_group, r < 0 ? errno : 0);
	}
	return filtered_outcome(pid);
}
