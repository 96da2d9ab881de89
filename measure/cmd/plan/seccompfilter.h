/* SPDX-License-Identifier: MIT */
/* Rules about system calls, made into a filter for the kernel by libseccomp. */
#ifndef MEASURE_CMD_PLAN_SECCOMPFILTER_H
#define MEASURE_CMD_PLAN_SECCOMPFILTER_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/plan/imageconf.h"

#define FILTER_ARGS_MAX 6

/* What is said of one call; of many rules for one call, those that hold must agree. */
struct filter_rule {
	const char *path; /* where it is said, for errors */
	unsigned line, n_args;
	int call;	 /* its number */
	uint32_t action; /* SCMP_ACT_* */
	bool others; /* of every case in which args hold and that no other rule of the call names */
	struct scmp_arg_cmp args[FILTER_ARGS_MAX]; /* n_args, all SCMP_CMP_MASKED_EQ */
};

/* The number of an x86-64 call; negative: it has none of this name. */
int filter_call(const char *name);

/*
 * Makes n rules into the BPF that the kernel loads: the same rules give the same bytes on any
 * machine. Calls that no rule names meet otherwise; those that more names are allowed whatever the
 * rules say; those of another interface than x86-64's kill. The rules of a call with an "others"
 * rule are shortened to the 32 bits that the kernel looks at. 0 with the filter in ret_bpf (free()
 * it), or negative errno with one line in error.
 */
int filter_make(struct filter_rule *rules, size_t n, uint32_t otherwise, const struct words *more,
		uint8_t **ret_bpf, size_t *ret_len, struct rampart_error *error);

#endif
