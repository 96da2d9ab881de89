/* SPDX-License-Identifier: MIT */
/*
 * Dropping privileges, for the guest's programs that start as root. Every function returns 0 or
 * negative errno; after a failure the process must end.
 */
#ifndef GUEST_CONFINE_H
#define GUEST_CONFINE_H

#include <stdint.h>
#include <sys/types.h>

/* Each program has a user of its own, so that none can signal or trace another: 101 to 106. */
enum { UID_GATEWAY = 101, UID_DIALER, UID_LAUNCHER, UID_DHCP, UID_QUOTER, UID_CLOUD };
#define UID_CONTAINER 100000

#define EMPTY_DIR     "/run/empty"

/* Empties the bounding set except for keep (bit masks); it only shrinks. Needs CAP_SETPCAP. */
int caps_bound(uint64_t keep);

/* Sets permitted, effective and inheritable, all three the same, to low (a bit mask). */
int caps_set(uint32_t low);

/* Clears them, and the ambient set. */
int caps_clear(void);

/* User and group id, real, effective and saved, and no other group. */
int become(uid_t id);

/*
 * For a process that needs nothing but the descriptors it has: an empty read-only root, user and
 * group id, no capability now or after execve(2), no new privileges, at most n_files open files, no
 * core dump, not traceable; Landlock without any file, and TCP to connect_port alone (0: to none);
 * the system calls of the filter in the file filter_fd, which is closed (wall.h).
 */
int confine(uid_t id, unsigned n_files, uint16_t connect_port, int filter_fd);

/*
 * For a process that sends and receives raw packets, and for what it executes: the folder root as
 * its root, whose files it may read and execute and no other; user and group id, CAP_NET_RAW and
 * never another capability, no new privileges; few files and processes, 16 MiB of memory each, no
 * core dump; no TCP; the system calls of the filter in the file filter_fd, which is closed (wall.h).
 */
int confine_to_packets(uid_t id, const char *root, int filter_fd);

#endif
