/* SPDX-License-Identifier: MIT */
/*
 * The system calls that a filter refuses, told by name: its refusals become questions to another
 * process, who answers each as the filter would have. Here a tracer's; in a debug image
 * initramfs/debug answers.
 * Source: Linux, Documentation/userspace-api/seccomp_filter.rst, "Return values"; ptrace(2),
 * PTRACE_EVENT_SECCOMP.
 */
#ifndef MEASURE_CMD_PLAN_REFUSED_H
#define MEASURE_CMD_PLAN_REFUSED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define REFUSED_MAX 1024 /* pairs of call and error; x86-64 has some 380 calls */

struct refused {
	struct refused_call {
		long nr;
		int error;
		unsigned long times;
	} call[REFUSED_MAX];
	size_t n;
	unsigned long others; /* times, of what found no room */
};

/* In a filter of len bytes: each "fail with this error" becomes action, and keeps it as its data. In place. */
void refused_become(uint32_t action, uint8_t *bpf, size_t len);

/* Answers the call at which pid stopped, and counts it. */
void refused_answer(struct refused *refused, pid_t pid);

/* One line a call on standard error, by name. */
void refused_print(const char *command, struct refused *refused);

#endif
