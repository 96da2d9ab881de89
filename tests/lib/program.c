/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/program.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "measure/cmd/plan/seccomp.h"
#include "tests/lib/tap.h"

pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

int filter_of(const char *list)
{
	static const struct words none;
	struct rampart_error error;
	uint8_t *bpf;
	size_t len;
	int fd = memfd_create("filter", MFD_CLOEXEC);

	if (seccomp_compile(list, NULL, &none, &bpf, &len, &error) < 0)
		die(error.text);
	if (fd < 0 || write(fd, bpf, len) != (ssize_t)len)
		die("memfd");
	free(bpf);
	return fd;
}
