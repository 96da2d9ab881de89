/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPEN_MAX 16 /* folders at once while removing */

static void become(const char *const argv[], int out)
{
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(127);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	dprintf(STDERR_FILENO, "%s: cannot be started\n", argv[0]);
	_exit(127);
}

int run_program(const char *const argv[], const char *log)
{
	int out = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : STDERR_FILENO;
	int status, r = 0;
	pid_t pid;

	if (out < 0)
		return -errno;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(argv, out);
	if (pid < 0)
		r = -errno;
	if (log)
		(void)close(out);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int remove_folder(const char *path)
{
	return nftw(path, remove_one, OPEN_MAX, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -errno;
}

bool path_in(const char *folder, const char *name, char ret[static PATH_MAX])
{
	int len = snprintf(ret, PATH_MAX, "%s/%s", folder, name);

	return len > 0 && len < PATH_MAX;
}
