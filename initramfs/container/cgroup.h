/* SPDX-License-Identifier: MIT */
/* The container's control group, with the limits of the plan. */
#ifndef CONTAINER_CGROUP_H
#define CONTAINER_CGROUP_H

#include "plan.h"

struct cgroup {
	int dir;    /* for CLONE_INTO_CGROUP */
	int events; /* memory.events */
};

/* Makes the group, after ending that of an earlier container. 0, or negative errno with *ret_what
 * naming the file. */
int cgroup_make(const struct plan *plan, struct cgroup *ret_group, const char **ret_what);

/* Whether the kernel ever killed the group for going over limit.memory. */
int cgroup_was_oom_killed(const struct cgroup *group);

#endif
