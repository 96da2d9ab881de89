/* SPDX-License-Identifier: MIT */
/* Where the command keeps what it has to know the next time. XDG Base Directory Specification. */
#ifndef MEASURE_CMD_STATEDIR_H
#define MEASURE_CMD_STATEDIR_H

#include <stdbool.h>

#include "measure/rampart.h"

/*
 * Opens the folder $XDG_STATE_HOME/rampart/NAME, or ~/.local/state/rampart/NAME, which is made for
 * the user alone if it is not there, and waits until no other program has it locked. Closing ret_fd
 * ends the lock. ret_path: of the folder, free() it; NULL: not wanted. 0 or negative errno.
 */
int statedir_open(const char *name, int *ret_fd, char **ret_path, struct rampart_error *error);

/* Whether there is such a file or folder. */
bool statedir_has(const char *name);

#endif
