/* SPDX-License-Identifier: MIT */
/* Other programs of this machine, one at a time, and their folders. */
#ifndef MEASURE_CMD_RELEASE_RUN_H
#define MEASURE_CMD_RELEASE_RUN_H

#include <limits.h>
#include <stdbool.h>

/*
 * Runs argv[0] (looked up in PATH) with these arguments, NULL at the end, and waits for it. Its
 * words go to standard error if log is NULL, else to the end of the file log. 0; the exit code, 1
 * to 255 (128 and the number of a signal; 127: it could not be started); negative errno.
 */
int run_program(const char *const argv[], const char *log);

/*
 * From now on what would end this program (SIGINT, SIGTERM, SIGHUP) ends the one that runs instead,
 * and run_program() returns -EINTR, then and later; so that there is time to tidy up.
 */
void run_catch_signals(void);

bool run_is_interrupted(void);

/* Ends this program by the signal that was caught; returns if there was none. */
void run_end_by_signal(void);

/* "folder/name" in ret; false if it does not fit. */
bool path_in(const char *folder, const char *name, char ret[static PATH_MAX]);

/* Takes a folder away with everything in it, following no link. 0 or negative errno. */
int remove_folder(const char *path);

#endif
