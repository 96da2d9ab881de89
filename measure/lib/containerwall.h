/* SPDX-License-Identifier: MIT */
/*
 * Which files and ports the container may use, by its plan alone, in the words of Landlock: one
 * table, for the launcher in the guest and for `rampart plan --try` on any machine.
 */
#ifndef MEASURE_CONTAINERWALL_H
#define MEASURE_CONTAINERWALL_H

#include <stdint.h>

#include "measure/lib/plan.h"

/* The devices that every container has: what they are called, and their numbers. */
#define CONTAINER_DEVICES_N 5
struct container_device {
	const char *path; /* /dev/<name>, shorter than 32 characters */
	uint32_t major, minor;
};
extern const struct container_device container_devices[CONTAINER_DEVICES_N];

/*
 * Builds the wall around the calling process (wall_landlock(): no_new_privs first, no way back):
 * everything may be read and executed; what the plan lets it write to used, its root too; its
 * devices opened, and those of the plan driven; the plan's port bound and nothing connected to, or,
 * with loopback any, every port. Names mean the files that they lead to now. 0 or negative errno,
 * -ENOENT also when a device or a folder of the plan is not here; after a failure the process must
 * end, unless it is -ENOTSUP or -ENOSYS: then the kernel has no such Landlock, and nothing was done.
 */
int container_wall(const struct plan *plan);

#endif
