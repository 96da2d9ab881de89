/* SPDX-License-Identifier: MIT */
/*
 * Giving up privileges, for the programs of the guest that start as root. Every function returns 0
 * or negative errno; after a failure the process must end.
 */
#ifndef GUEST_CONFINE_H
#define GUEST_CONFINE_H

#include <sys/types.h>

/* Each program has a user of its own, so that none can signal or trace another. */
enum { UID_GATEWAY = 101, UID_DIALER = 102, UID_LAUNCHER = 103, UID_CONTAINER = 100000 };

#define EMPTY_DIR "/run/empty"

/* Empties the bounding set; it only shrinks, also across execve(2). Needs CAP_SETPCAP. */
int caps_empty_bounding(void);

/* Clears the ambient, inheritable, permitted and effective sets. */
int caps_clear(void);

/*
 * For a process that needs nothing but the descriptors it has: an empty read-only root, user and
 * group id, no capability now or after execve(2), no new privileges, at most n_files open files, no
 * core dump, not traceable.
 */
int confine(uid_t id, unsigned n_files);

#endif
