/* SPDX-License-Identifier: MIT */
/* Times that a user gives, and clocks. */
#ifndef MEASURE_CMD_INSTANT_H
#define MEASURE_CMD_INSTANT_H

#include <stdint.h>

/*
 * "2026-11-25T04:00:00Z", "2026-11-25" (its first second, UTC) or "@1795579200", in seconds since
 * 1970. -EINVAL for anything else.
 */
int instant_parse(const char *text, int64_t *ret_time);

#define INSTANT_MAX 32

/* The inverse: the first form, or the last one for a year without four digits. */
void instant_print(int64_t time, char buf[static INSTANT_MAX]);

/* This machine's clock. */
int64_t instant_now(void);

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
int64_t instant_ms(void);

#endif
