/* SPDX-License-Identifier: MIT */
/* Where the command keeps what it has to know the next time. XDG Base Directory Specification. */
#ifndef MEASURE_CMD_STATEDIR_H
#define MEASURE_CMD_STATEDIR_H

/*
 * Opens the folder $XDG_STATE_HOME/rampart/NAME, or ~/.local/state/rampart/NAME, which is made for
 * the user alone if it is not there, and waits until no other program has it locked. Closing ret_fd
 * ends the lock. 0, or EXIT_UNSURE after an error line.
 */
int statedir_open(const char *command, const char *name, int *ret_fd);

#endif
