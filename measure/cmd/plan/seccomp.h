/* SPDX-License-Identifier: MIT */
/*
 * Filters of system calls: lists written by a person (initramfs/seccomp/NAME.list), compiled into
 * the BPF that the guest loads. The same list and additions give the same bytes on any machine.
 *
 *     # comment
 *     group NAME: REASON            required before the first rule
 *     allow NAME...
 *     allow-if NAME COMPARISON...   all of them hold; several lines of one call: either
 *     allow-other NAME              every case that its lines before, each with the same N=VALUE,
 *                                   do not name
 *     refuse ERROR NAME... [COMPARISON...]
 *     refuse-other ERROR NAME
 *
 * COMPARISON is N=VALUE or N&MASK=VALUE on argument N (0-5) as 64 bits; MASK and VALUE are numbers
 * or names such as AF_INET. A call that no line allows kills the process, and so does every call
 * through another interface than x86-64's.
 */
#ifndef MEASURE_CMD_PLAN_SECCOMP_H
#define MEASURE_CMD_PLAN_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/plan/imageconf.h"

/*
 * Compiles the list at path, then the one at second (may be NULL), with every call that more names
 * allowed too, whatever its arguments and whatever the lists say of it. 0 with the filter in
 * ret_bpf (free() it), or negative errno with one line in error: "path:line: what is wrong".
 */
int seccomp_compile(const char *path, const char *second, const struct words *more,
		    uint8_t **ret_bpf, size_t *ret_len, struct rampart_error *error);

/* Whether x86-64 has a system call of this name. */
bool seccomp_known(const char *name);

#endif
