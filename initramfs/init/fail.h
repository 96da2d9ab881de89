/* SPDX-License-Identifier: MIT */
/* The one way out. */
#ifndef INIT_FAIL_H
#define INIT_FAIL_H

#include "boot.h"

#define REASON_MAX 384

/*
 * Notes why, in one line: what, where, expected and got. The first note of a failure stays; the
 * callers above may add nothing. Returns r, so that it can end a function: return because(-EIO,
 * ...).
 */
int because(int r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Kills every other process, extends an error event to each capped PCR if the TPM still answers,
 * says "FAILED stage=<stage> reason=<reason>" on the console and in the kernel's log, syncs and
 * powers off.
 */
_Noreturn void fail(struct boot *b, const char *stage);

#endif
