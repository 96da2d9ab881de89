/* SPDX-License-Identifier: MIT */
/* Golden values and platform references from files, for commands. */
#ifndef MEASURE_CMD_GOLDEN_GOLDENFILE_H
#define MEASURE_CMD_GOLDEN_GOLDENFILE_H

#include "measure/record/golden.h"

/* Each reads and checks a file: 0 (golden_done() it), or EXIT_UNSURE after an error line. */
int golden_load(const char *command, const char *path, struct golden *ret);
int platform_load(const char *command, const char *path, struct golden *ret);

#endif
