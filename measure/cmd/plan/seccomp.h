/* SPDX-License-Identifier: MIT */
/*
 * Filters of system calls: lists written by a person (initramfs/seccomp/NAME.list), compiled into
 * the BPF that the guest loads. The same list and additions give the same bytes on any machine.
 *
 *     # comment
 *     default refuse ERROR          before every group of the first list; without it: kill
 *     group NAME: REASON            required before the first rule
 *     allow NAME...
 *     allow-if NAME COMPARISON...   all of them hold; several lines of one call: either
 *     refuse ERROR NAME... [COMPARISON...]
 *     kill NAME... [COMPARISON...]
 *     allow-other NAME [COMPARISON...], refuse-other ERROR NAME [...], kill-other NAME [...]
 *                                   every case of NAME (in which they hold) that none of its other
 *                                   lines names, wherever these stand; of two such lines the first
 *                                   takes what it can
 *
 * COMPARISON is N=VALUE or N&MASK=VALUE on argument N (0-5); MASK and VALUE are numbers or names
 * such as AF_INET. It looks at 64 bits, but for a call with an "-other" line at the low 32, since
 * that is what the kernel looks at of a number. Lines of one call must not contradict each other:
 * one without a comparison is its only one, and cases that two lines name have the same action.
 *
 * A call that no line names meets the default. Killing ends the process with SIGSYS, and so does
 * every call through another interface than x86-64's, whatever the default.
 */
#ifndef MEASURE_CMD_PLAN_SECCOMP_H
#define MEASURE_CMD_PLAN_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/plan/imageconf.h"

/*
 * Compiles the list at path, then those at others (NULL-terminated, or NULL), with every call that more names
 * allowed too, whatever its arguments and whatever the lists say of it. 0 with the filter in
 * ret_bpf (free() it), or negative errno with one line in error: "path:line: what is wrong".
 */
int seccomp_compile(const char *path, const char *const *others, const struct words *more,
		    uint8_t **ret_bpf, size_t *ret_len, struct rampart_error *error);

/* Whether x86-64 has a system call of this name. */
bool seccomp_known(const char *name);

#endif
