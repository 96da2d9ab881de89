/* SPDX-License-Identifier: MIT */
/*
 * The walls that a process builds around itself and can never take down: Landlock and a filter of
 * system calls. Both need no_new_privs, hold for everything that is executed later, and return 0 or
 * negative errno; after a failure the process must end.
 */
#ifndef MEASURE_WALL_H
#define MEASURE_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is allowed below a folder, or to a file: LANDLOCK_ACCESS_FS_* of linux/landlock.h. */
struct wall_tree {
	const char *path;
	uint64_t access;
};

/*
 * Nothing may be done to files but what trees say, with open descriptors as before; TCP may be
 * bound to bind_port and connected to connect_port alone (0: to none; WALL_ANY_PORT: to all); no
 * signal and no connection to an abstract socket leaves the process and its children. -ENOTSUP if the kernel's Landlock
 * cannot do all of it.
 */
#define WALL_ANY_PORT UINT32_MAX
int wall_landlock(const struct wall_tree *trees, size_t n_trees, uint32_t bind_port,
		  uint32_t connect_port);

/*
 * Loads the filter that the file fd holds, from its start to its end, and closes fd, which must be
 * the file that init verified. listen: returns a descriptor through which another process learns of
 * the calls for which the filter says "ask", and answers them; they fail with ENOSYS once it is closed.
 */
int wall_filter(int fd, bool listen);

#endif
