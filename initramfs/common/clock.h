/* SPDX-License-Identifier: MIT */
/* Milliseconds of the kernel's clocks that nobody sets. */
#ifndef INITRAMFS_COMMON_CLOCK_H
#define INITRAMFS_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC, or CLOCK_BOOTTIME, which goes on while the machine is suspended. */
int64_t clock_ms(clockid_t clock);

#endif
