/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside.h"

#define ROOT	  "/sys/fs/cgroup"
#define GROUP	  ROOT "/container"
#define KILL_MS	  10000	 /* until what was killed counts as stuck */
#define PERIOD_US 100000 /* the kernel's own default for cpu.max */

static int set_limits(const struct plan *plan, int dir, const char **ret_what)
{
	char memory[32], pids[32], cpu[64];
	const struct {
		const char *name, *value;
	} limits[] = {
		{ "memory.max", memory },
		{ "memory.oom.group", "1" }, /* half a container is no container */
		{ "pids.max", pids },
		{ "cpu.max", cpu },
	};

	(void)snprintf(memory, sizeof(memory), "%" PRIu64, plan->limit_memory);
	(void)snprintf(pids, sizeof(pids), "%" PRIu64, plan->limit_pids);
	if (plan->limit_cpu == 0)
		(void)snprintf(cpu, sizeof(cpu), "max %d", PERIOD_US);
	else
		(void)snprintf(cpu, sizeof(cpu), "%" PRIu64 " %d",
			       plan->limit_cpu * (PERIOD_US / 100), PERIOD_US);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		int r = put(dir, limits[i].name, limits[i].value);

		*ret_what = limits[i].name;
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * The group of the container before this one. All its processes went with their pid 1; whatever is
 * left for a reason that nobody thought of is killed, and until it is gone nothing starts.
 */
static int clear_old(void)
{
	int events, r = 0;

	if (rmdir(GROUP) == 0 || errno == ENOENT)
		return 0;
	events = open(GROUP "/cgroup.events", O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return -errno;
	r = put(AT_FDCWD, GROUP "/cgroup.kill", "1");
	while (r == 0) {
		struct pollfd p = { .fd = events, .events = POLLPRI };
		char text[64];

		/* Reading arms the next notice, so it comes before the look. */
		(void)!pread(events, text, sizeof(text), 0);
		if (rmdir(GROUP) == 0)
			break;
		if (errno != EBUSY || poll(&p, 1, KILL_MS) <= 0)
			r = -EBUSY;
	}
	(void)close(events);
	return r;
}

int cgroup_make(const struct plan *plan, struct cgroup *ret_group, const char **ret_what)
{
	struct cgroup group;
	int r;

	*ret_what = "cgroup.subtree_control";
	r = put(AT_FDCWD, ROOT "/cgroup.subtree_control", "+memory +pids +cpu");
	if (r < 0)
		return r;
	*ret_what = GROUP;
	r = clear_old();
	if (r < 0)
		return r;
	if (mkdir(GROUP, 0755) < 0)
		return -errno;
	group.dir = open(GROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group.dir < 0)
		return -errno;
	r = set_limits(plan, group.dir, ret_what);
	if (r < 0)
		return r;
	*ret_what = "memory.events";
	group.events = openat(group.dir, "memory.events", O_RDONLY | O_CLOEXEC);
	if (group.events < 0)
		return -errno;
	*ret_group = group;
	return 0;
}

int cgroup_was_oom_killed(const struct cgroup *group)
{
	static const char key[] = "\noom_kill ";
	char text[512];
	ssize_t n = pread(group->events, text, sizeof(text) - 1, 0);
	const char *hit;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	hit = strstr(text, key);
	return hit && strtoul(hit + sizeof(key) - 1, NULL, 10) > 0;
}
