/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/plan/try.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/refused.h"
#include "measure/lib/containerwall.h"
#include "measure/lib/wall.h"

#define USER32_CS  0x23 /* Linux, arch/x86/include/asm/segment.h, __USER32_CS */
#define START_FAIL 127

static bool is_here(const char *command, const char *path)
{
	if (access(path, F_OK) == 0)
		return true;
	(void)fail(command, "--try: %s is not here; without it", path);
	return false;
}

/* Its devices and folders that this machine has. */
static void drop_missing(const char *command, struct plan *plan)
{
	size_t n = 0, n_scratch = 0;

	for (size_t i = 0; i < plan->n_device; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/dev/%s", plan->device[i]);
		if (is_here(command, path))
			plan->device[n++] = plan->device[i];
	}
	plan->n_device = n;
	for (size_t i = 0; i < plan->n_scratch; i++)
		if (is_here(command, plan->scratches[i].path))
			plan->scratches[n_scratch++] = plan->scratches[i];
	plan->n_scratch = n_scratch;
	if (plan->shm > 0 && !is_here(command, "/dev/shm"))
		plan->shm = 0;
}

/* Only file systems of the kernel's own hold it: a container may have no other to write to. */
static int filter_file(const uint8_t *bpf, size_t len)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, bpf, len) != (ssize_t)len) {
		(void)close(fd);
		return -EIO;
	}
	return fd < 0 ? -errno : fd;
}

/* In the child; go ends when it is followed, or cannot be. Returns only when a step failed. */
static int become(const char *command, const struct plan *plan, int filter, int go,
		  char *const *argv)
{
	char byte;
	int r;

	(void)!read(go, &byte, 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(command, "--try: no_new_privs: %s", strerror(errno));
	r = container_wall(plan);
	if (r == -ENOTSUP || r == -ENOSYS)
		(void)fail(command,
			   "--try: this kernel's Landlock cannot do it (Linux 6.12 can): files and "
			   "ports are open");
	else if (r < 0)
		return fail(command, "--try: Landlock: %s", strerror(-r));
	r = wall_filter(filter, false);
	if (r < 0)
		return fail(command, "--try: the filter: %s", strerror(-r));
	(void)execvp(argv[0], argv);
	return fail(command, "--try: %s: %s", argv[0], strerror(errno));
}

/* A process that the filter ends stops once more before it does, with the registers of its call. */
static void name_call(const char *command, pid_t pid)
{
	struct user_regs_struct regs;
	unsigned long status;
	char *name;

	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &status) < 0 || !WIFSIGNALED((int)status) ||
	    WTERMSIG((int)status) != SIGSYS || ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return;
	name = regs.cs == USER32_CS
		       ? NULL
		       : seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, (int)regs.orig_rax);
	(void)fail(command, "--try: the filter killed process %d for %s (call %lld, %#llx, %#llx)",
		   (int)pid, name ? name : "a call of another interface than x86-64's",
		   (long long)regs.orig_rax, regs.rdi, regs.rsi);
	free(name);
}

/* Lets a stopped one go on as if nobody followed it. */
static void go_on(const char *command, pid_t pid, int status, struct refused *refused)
{
	int event = status >> 16, sig = WSTOPSIG(status);
	bool stays = event == PTRACE_EVENT_STOP &&
		     (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU);

	if (event == PTRACE_EVENT_EXIT)
		name_call(command, pid);
	if (event == PTRACE_EVENT_SECCOMP)
		refused_answer(refused, pid);
	(void)ptrace(stays ? PTRACE_LISTEN : PTRACE_CONT, pid, NULL, event ? 0L : (long)sig);
}

/* Until it has ended; what it left behind ends with this process. */
static int wait_for(const char *command, pid_t child, struct refused *refused)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno != EINTR)
			return fail(command, "--try: %s", strerror(errno));
		if (pid > 0 && WIFSTOPPED(status))
			go_on(command, pid, status, refused);
		else if (pid == child && WIFEXITED(status))
			return WEXITSTATUS(status);
		else if (pid == child && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
	}
}

int try_program(const char *command, const struct plan *plan, const uint8_t *bpf, size_t len,
		bool refusals, char *const *argv)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP;
	static struct refused refused; /* of this one program */
	AUTO_FREE uint8_t *copy = malloc(len ? len : 1);
	struct plan here = *plan;
	int go[2], filter, r;
	pid_t child;

	if (!copy)
		return fail(command, "out of memory");
	memcpy(copy, bpf, len);
	if (refusals)
		refused_become(SECCOMP_RET_TRACE, copy, len);
	drop_missing(command, &here);
	filter = filter_file(copy, len);
	if (filter < 0 || pipe(go) < 0)
		return fail(command, "--try: %s", strerror(filter < 0 ? -filter : errno));
	child = fork();
	if (child == 0) {
		(void)close(go[1]);
		_exit(become(command, &here, filter, go[0], argv) ? START_FAIL : 0);
	}
	if (child < 0)
		return fail(command, "--try: %s", strerror(errno));
	if (ptrace(PTRACE_SEIZE, child, NULL, options) < 0) {
		(void)fail(command, "--try: cannot follow it, to name what kills it: %s",
			   strerror(errno));
		/* Nobody would answer in the filter's place. The child waits, and reads it later. */
		if (pwrite(filter, bpf, len, 0) != (ssize_t)len) {
			(void)kill(child, SIGKILL);
			return fail(command, "--try: %s", strerror(errno));
		}
	}
	(void)close(go[0]);
	(void)close(go[1]);
	(void)close(filter);
	/* From a terminal they are for the program. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	r = wait_for(command, child, &refused);
	refused_print(command, &refused);
	return r;
}
