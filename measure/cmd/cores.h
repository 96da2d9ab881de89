/* SPDX-License-Identifier: MIT */
/* Work that is shared between all cores, with its progress on a terminal. */
#ifndef MEASURE_CMD_CORES_H
#define MEASURE_CMD_CORES_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * Runs work(arg) on all cores at once, this thread among them, and returns when all have. work
 * counts bytes in done, up to total; progress of large work is shown on standard error if that is a
 * terminal.
 */
void on_all_cores(void *(*work)(void *), void *arg, const atomic_uint_least64_t *done,
		  uint64_t total);

#endif
