/* SPDX-License-Identifier: MIT */
/* What the guest's programs under test are started with. What cannot be had ends the program. */
#ifndef TESTS_LIB_PROGRAM_H
#define TESTS_LIB_PROGRAM_H

#include <sys/types.h>

/* fork(); the child dies with its parent. */
pid_t fork_child(void);

/* A list of initramfs/seccomp, compiled: a new file in memory, close-on-exec, at its end. */
int filter_of(const char *list);

#endif
