/* SPDX-License-Identifier: MIT */
/* The one way out. */
#ifndef INIT_FAIL_H
#define INIT_FAIL_H

#include "initramfs/common/reason.h"
#include "initramfs/init/boot.h"

/*
 * Kills every other process, extends an error event to each PCR that init caps if the TPM answers
 * and is init's still (in the stage run the quoter has it), says "FAILED stage=<stage>
 * reason=<reason>" on the console and in the kernel's log, syncs and powers off.
 */
_Noreturn void fail(struct boot *b, const char *stage);

#endif
