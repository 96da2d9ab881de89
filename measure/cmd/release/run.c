/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/lib/array.h"

#define OPEN_MAX 16 /* folders at once while removing */

static volatile sig_atomic_t running; /* the program's pid, or 0 */
static volatile sig_atomic_t caught;

static void pass_on(int signal)
{
	caught = signal;
	if (running > 0)
		(void)kill(running, signal);
}

static const int endings[] = { SIGINT, SIGTERM, SIGHUP };

static sigset_t ending_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		sigaddset(&set, endings[i]);
	return set;
}

void run_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = pass_on, .sa_mask = ending_set() };

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		(void)sigaction(endings[i], &action, NULL);
}

bool run_is_interrupted(void)
{
	return caught != 0;
}

void run_end_by_signal(void)
{
	if (!caught)
		return;
	(void)signal(caught, SIG_DFL);
	(void)raise(caught);
}

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
	const sigset_t block = ending_set();
	sigset_t before;
	int status, r = 0;
	pid_t pid;

	if (out < 0)
		return -errno;
	(void)fflush(stdout);
	/* A signal is caught before the program is there, or once it can be passed on to it. */
	(void)sigprocmask(SIG_BLOCK, &block, &before);
	pid = caught ? -1 : fork();
	if (pid < 0)
		r = caught ? -EINTR : -errno;
	running = pid > 0 ? pid : 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == 0)
		become(argv, out);
	if (log)
		(void)close(out);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	running = 0;
	if (r || caught)
		return r ? r : -EINTR;
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
