/* SPDX-License-Identifier: MIT */
#ifndef CONTAINER_START_H
#define CONTAINER_START_H

#include <sys/types.h>

#include "cgroup.h"

/*
 * Starts the plan's program in namespaces of its own and in the group; the network namespace is the
 * caller's. Returns when the program runs. 0, or negative errno with the reason reported
 * (service.h).
 */
int container_start(const struct plan *plan, const struct cgroup *group, pid_t *ret_pid);

#endif
