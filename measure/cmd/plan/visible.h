/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CMD_PLAN_VISIBLE_H
#define MEASURE_CMD_PLAN_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it is visible text, blanks and tabs, in ASCII or UTF-8 (RFC 3629). It ends in a NUL. */
bool visible_text(const char *line, size_t len);

#endif
