/* SPDX-License-Identifier: MIT */
/* Processes of their own behind a filter, and what a call comes to there. */
#ifndef TESTS_LIB_FILTERED_H
#define TESTS_LIB_FILTERED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KILLED (-1) /* instead of an errno */

/* In a child: puts it behind bpf, len bytes, and ends it with 255 if that cannot be. */
void filtered_enter(const uint8_t *bpf, size_t len);

/* Waits for it: its exit code, an errno by agreement; or KILLED; 253 and up: no outcome. */
int filtered_outcome(pid_t pid);

/* What the call comes to behind bpf, len bytes: 0, an errno, or KILLED; 253 and up: no outcome. */
int filtered_call(const uint8_t *bpf, size_t len, long call, const long arg[4]);

#endif
