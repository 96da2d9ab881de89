/* SPDX-License-Identifier: MIT */
/* A release, built once more from the source.tar in it and compared. */
#ifndef MEASURE_CMD_RELEASE_REBUILD_H
#define MEASURE_CMD_RELEASE_REBUILD_H

#include <limits.h>
#include <stdbool.h>

#include "measure/cmd/cmd.h"

#define REBUILD_SOURCE "source.tar"

struct rebuild {
	const char *command; /* for error lines */
	const char *release; /* the folder of the release */
	bool is_part;	     /* it has only what a build needs; the rest is known by sha256sums */
	const char *into; /* a new or empty folder to build in; NULL: one that is removed again */
	const struct option_list *keys; /* sign with these if all are equal; NULL: none */
};

#define REBUILD_REASON_MAX (PATH_MAX + 64)

/*
 * Builds and compares, and says of each file on standard output whether it is equal. EXIT_HOLDS or
 * EXIT_DIFFERS with one line in ret_reason, EXIT_UNSURE after an error line. From then on signals are
 * caught: run_end_by_signal() (run.h) is the caller's to call.
 */
int rebuild(const struct rebuild *rebuild, char ret_reason[static REBUILD_REASON_MAX]);

/*
 * What a build needs of this machine: its programs, and room for it where temporary files go. 0 and in
 * ret_time (static) about how long it takes, or EXIT_UNSURE after an error line.
 */
int rebuild_ready(const char *command, const char **ret_time);

/* A new folder below TMPDIR or /tmp. 0, or EXIT_UNSURE after an error line. */
int rebuild_folder(const char *command, const char *name, char ret[static PATH_MAX]);

#endif
