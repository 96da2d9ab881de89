/* SPDX-License-Identifier: MIT */
#include "measure/lib/containerwall.h"

#include <linux/landlock.h>
#include <stdio.h>

#include "measure/lib/wall.h"

#define TREES_MAX (5 + PLAN_SCRATCHES_MAX) /* besides devices */

/* Linux, Documentation/admin-guide/devices.txt, "1 char Memory devices". */
const struct container_device container_devices[CONTAINER_DEVICES_N] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
};

/* The files that it has anyway, in the words of a second guard; and its own port. */
int container_wall(const struct plan *plan)
{
	const uint64_t look = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	const uint64_t use = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			     LANDLOCK_ACCESS_FS_TRUNCATE;
	const uint64_t drive = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			       LANDLOCK_ACCESS_FS_IOCTL_DEV;
	const uint64_t make = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
			      LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			      LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			      LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
	char path[PLAN_DEVICES_MAX][32];
	struct wall_tree trees[TREES_MAX + CONTAINER_DEVICES_N + PLAN_DEVICES_MAX] = {
		/* What is mounted below a root that may be written to is read-only by itself. */
		{ "/", look | LANDLOCK_ACCESS_FS_EXECUTE | (plan->writable ? use | make : 0) },
	};
	size_t n = 1;

	if (plan->scratch > 0)
		trees[n++] = (struct wall_tree){ "/tmp", look | use | make };
	if (plan->shm > 0)
		trees[n++] = (struct wall_tree){ "/dev/shm", look | use | make };
	for (size_t i = 0; i < plan->n_scratch; i++)
		trees[n++] = (struct wall_tree){ plan->scratches[i].path, look | use | make };
	/* A rule is about a file that is there, and a thread's name is not yet. */
	if (plan->proc_comm)
		trees[n++] = (struct wall_tree){ "/proc", use };
	/* A console. Other places that its output may go to are no files of a name. */
	if (plan->debug)
		trees[n++] = (struct wall_tree){ "/dev/stdout", use };
	for (size_t i = 0; i < CONTAINER_DEVICES_N; i++)
		trees[n++] = (struct wall_tree){ container_devices[i].path, use };
	for (size_t i = 0; i < plan->n_device; i++) {
		(void)snprintf(path[i], sizeof(path[i]), "/dev/%s", plan->device[i]);
		trees[n++] = (struct wall_tree){ path[i], drive };
	}
	return wall_landlock(trees, n, plan->loopback_any ? WALL_ANY_PORT : plan->port,
			     plan->loopback_any ? WALL_ANY_PORT : 0);
}
