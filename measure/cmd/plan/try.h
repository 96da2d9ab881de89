/* SPDX-License-Identifier: MIT */
/* A program of this machine behind a container's walls, without its machine. */
#ifndef MEASURE_CMD_PLAN_TRY_H
#define MEASURE_CMD_PLAN_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/plan.h"

/*
 * Runs argv (a name without a slash is looked up in PATH) under the filter bpf, len bytes, and
 * under the Landlock of plan (containerwall.h), with this process's files, user and environment,
 * and waits for it and what it started. What differs from the guest, a kernel whose Landlock cannot
 * do it, a device that is not here, is one line on standard error each; so is every call that the
 * filter kills for, by its name, and with refusals, at the end, every call that it refused. Returns the exit code of the program, or 128 and the signal that
 * ended it, as shells do, and 127 if it could not be started; EXIT_UNSURE if this machine was short
 * of something.
 */
int try_program(const char *command, const struct plan *plan, const uint8_t *bpf, size_t len,
		bool refusals, char *const *argv);

#endif
