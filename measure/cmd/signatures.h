/* SPDX-License-Identifier: MIT */
/* The signatures over a file, from the files beside it. */
#ifndef MEASURE_CMD_SIGNATURES_H
#define MEASURE_CMD_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/rampart.h"

#define SIGNATURES_MAX 64 /* files */

/* All zero is an empty one. */
struct signatures {
	struct rampart_signature list[SIGNATURES_MAX]; /* owned, names and texts */
	size_t n;
};

/* Whether name is FILE.sig, FILE.*.sig, FILE.minisig or FILE.*.minisig. */
bool signatures_is_of(const char *name, const char *file);

/*
 * Adds the file at path itself, or the files beside it that are its signatures by name, sorted. 0,
 * or EXIT_UNSURE after an error line. Call signatures_done() in either case.
 */
int signatures_add(const char *command, const char *path, struct signatures *signatures);
int signatures_find(const char *command, const char *path, struct signatures *signatures);
void signatures_done(struct signatures *signatures);

#endif
