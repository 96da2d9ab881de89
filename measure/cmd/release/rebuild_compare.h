/* SPDX-License-Identifier: MIT */
/* Two release folders, file by file. */
#ifndef MEASURE_CMD_RELEASE_REBUILD_COMPARE_H
#define MEASURE_CMD_RELEASE_REBUILD_COMPARE_H

#include <stdbool.h>

/*
 * Compares the bytes of every file that either list of sha256sums names, and says of each on
 * standard output whether it is equal, and where not; of golden.json also which events differ. With
 * is_part, a file of the release that is not there is known by its digest in that list.
 * EXIT_HOLDS, EXIT_DIFFERS, or EXIT_UNSURE after an error line.
 */
int rebuild_compare(const char *command, const char *release_dir, bool is_part,
		    const char *rebuilt_dir);

#endif
