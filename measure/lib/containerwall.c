/* SPDX-License-Identifier: MIT */
#include "measure/lib/containerwall.h"

#include <linux/landlock.h>
#include <stdio.h>

#include "measure/lib/wall.h"

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
	struct wall_tree trees[2 + CONTAINER_DEVICES_N + PLAN_DEVICES_MAX] = {
		{ "/", look | LANDLOCK_ACCESS_FS_EXECUTE },
		{ "/tmp", look | use | make },
	};
	size_t n = plan->scratch > 0 ? 2 : 1;

	for (size_t i = 0; i < CONTAINER_DEVICES_N; i++)
		trees[n++] = (struct wall_tree){ container_devices[i].path, use };
	for (size_t i = 0; i < plan->n_device; i++) {
		(void)snprintf(path[i], sizeof(path[i]), "/dev/%s", plan->device[i]);
		trees[n++] = (struct wall_tree){ path[i], drive };
	}
	return wall_landlock(trees, n, plan->port, 0);
}
