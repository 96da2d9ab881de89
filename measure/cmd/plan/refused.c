/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/plan/refused.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "measure/cmd/cmd.h"

void refused_become(uint32_t action, uint8_t *bpf, size_t len)
{
	struct sock_filter step;

	for (size_t i = 0; i + sizeof(step) <= len; i += sizeof(step)) {
		memcpy(&step, bpf + i, sizeof(step));
		if (step.code != (BPF_RET | BPF_K) ||
		    (step.k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
			continue;
		step.k = action | (step.k & SECCOMP_RET_DATA);
		memcpy(bpf + i, &step, sizeof(step));
	}
}

static void count(struct refused *refused, long nr, int error)
{
	size_t i = 0;

	while (i < refused->n && (refused->call[i].nr != nr || refused->call[i].error != error))
		i++;
	if (i == REFUSED_MAX) {
		refused->others++;
		return;
	}
	if (i == refused->n)
		refused->call[refused->n++] = (struct refused_call){ nr, error, 0 };
	refused->call[i].times++;
}

void refused_answer(struct refused *refused, pid_t pid)
{
	struct user_regs_struct regs;
	unsigned long error;

	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &error) < 0 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		return;
	count(refused, (long)regs.orig_rax, (int)error);
	regs.orig_rax = (unsigned long long)-1; /* no call is made */
	regs.rax = (unsigned long long)-(long long)error;
	(void)ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static int by_number(const void *a, const void *b)
{
	const struct refused_call *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->error - y->error;
}

void refused_print(const char *command, struct refused *refused)
{
	qsort(refused->call, refused->n, sizeof(refused->call[0]), by_number);
	for (size_t i = 0; i < refused->n; i++) {
		const struct refused_call *call = &refused->call[i];
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, (int)call->nr);
		const char *error = strerrorname_np(call->error);

		(void)fail(command, "--try: the filter refused %s (call %ld) with %s, %lu times",
			   name ? name : "a call without a name", call->nr, error ? error : "?",
			   call->times);
		free(name);
	}
	if (refused->others > 0)
		(void)fail(command, "--try: the filter refused others, %lu times", refused->others);
}
