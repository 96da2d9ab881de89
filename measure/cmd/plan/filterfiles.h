/* SPDX-License-Identifier: MIT */
/* What `rampart plan --filters DIR` writes. */
#ifndef MEASURE_CMD_PLAN_FILTERFILES_H
#define MEASURE_CMD_PLAN_FILTERFILES_H

#include <stddef.h>
#include <stdint.h>

/* DIR/ROLE.bpf. Returns 0, or the exit code after its one line. */
int filterfiles_write(const char *command, const char *dir, const char *role, const uint8_t *bpf,
		      size_t len);

/*
 * DIR/calls: the names of x86-64's system calls, a line "NUMBER NAME" each, by number; initramfs/debug
 * reads them. As above.
 */
int filterfiles_calls(const char *command, const char *dir);

#endif
