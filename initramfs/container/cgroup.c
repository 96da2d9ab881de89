/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/container/container.h"

#define ROOT	    "/sys/fs/cgroup"
#define GROUP	    ROOT "/container"
#define CHILDREN    "/cgroup.subtree_control"
#define KILL_MS	    10000	   /* until what was killed counts as stuck */
#define DEVICES	    "/run/devices" /* a tree of the first version */
#define GROUP_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define PERIOD_US   100000 /* the kernel's own default for cpu.max */

/* Of a new group: its cpu.max already says "no limit". */
static int set_limits(struct container *c)
{
	const struct plan *plan = &c->plan;
	uint64_t cpu_us = plan->limit_cpu * (PERIOD_US / 100);
	const int g = c->group;

	/* memory.oom.group: the whole container dies, never half of it. */
	return because_of(put(g, "memory.max", "%" PRIu64, plan->limit_memory), "memory.max") ?:
	       because_of(put(g, "memory.oom.group", "1"), "memory.oom.group") ?:
	       because_of(put(g, "pids.max", "%" PRIu64, plan->limit_pids), "pids.max") ?:
	       cpu_us == 0 ? 0 :
	       because_of(put(g, "cpu.max", "%" PRIu64 " %d", cpu_us, PERIOD_US), "cpu.max");
}

/*
 * The group of the container before this one. All its processes went with their pid 1; whatever is
 * left for a reason that nobody thought of, and the one whose client has left, is killed, and until
 * it is gone nothing starts.
 */
static int clear_old(const char *path)
{
	int old = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), events = -1, r;

	if (old < 0)
		return errno == ENOENT ? 0 : -errno;
	r = sys(events = openat(old, "cgroup.events", O_RDONLY | O_CLOEXEC))
		    ?: put(old, "cgroup.kill", "1");
	while (r == 0) {
		struct pollfd p = { .fd = events, .events = POLLPRI };
		char text[64];

		/* Reading arms the next notice, so it comes before the look. */
		(void)!pread(events, text, sizeof(text), 0);
		if (rmdir(path) == 0)
			break;
		if (errno != EBUSY || poll(&p, 1, KILL_MS) <= 0)
			r = -EAGAIN;
	}
	(void)close(events);
	(void)close(old);
	return r;
}

/* Below the one that init kills. */
static int make(struct container *c)
{
	static const char controllers[] = "+memory +pids +cpu";
	char path[64];

	(void)snprintf(path, sizeof(path), GROUP "/%zu", c->slot);
	return because_of(put(AT_FDCWD, ROOT CHILDREN, controllers), ROOT CHILDREN) ?:
	       because_of(mkdir(GROUP, 0755) < 0 && errno != EEXIST ? -errno : 0, GROUP) ?:
	       because_of(put(AT_FDCWD, GROUP CHILDREN, controllers), GROUP CHILDREN) ?:
	       because_of(clear_old(path) ?: sys(mkdir(path, 0755)) ?:
			  sys(c->group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), path);
}

/*
 * Whatever node it came by, it opens and makes none but its own devices. The launcher enters the group, and what it
 * starts is born there. Not without devices in the plan: the kernel of such an image has no such groups, and its
 * container finds five nodes and can make no other. In a debug image what it has as its output is the console, which it
 * may open to write to, as it may open /dev/null in another.
 */
static int filter_devices(const struct container *c)
{
	struct stat out;
	char path[64];
	int group = -1, r;

	if (c->plan.n_device == 0)
		return 0;
	(void)snprintf(path, sizeof(path), DEVICES "/%zu", c->slot);
	(void)mkdir(DEVICES, 0700);
	if (mount("devices", DEVICES, "cgroup", GROUP_FLAGS, "devices") < 0 && errno != EBUSY)
		return -errno;
	r = (mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0)
		    ?: sys(group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
		    ?: put(group, "devices.deny", "a");
	for (size_t i = 0; i < c->n_device && r == 0; i++)
		r = put(group, "devices.allow", "c %u:%u rwm", major(c->device[i].node),
			minor(c->device[i].node));
	if (r == 0 && c->plan.debug && fstat(STDOUT_FILENO, &out) == 0 && S_ISCHR(out.st_mode))
		r = put(group, "devices.allow", "c %u:%u w", major(out.st_rdev),
			minor(out.st_rdev));
	r = r ?: put(group, "cgroup.procs", "0");
	(void)close(group);
	return r;
}

int cgroup_make(struct container *c)
{
	return make(c) ?: set_limits(c) ?:
	       because_of(sys(c->events = openat(c->group, "memory.events", O_RDONLY | O_CLOEXEC)),
			  "memory.events") ?:
	       because_of(filter_devices(c), "cannot keep it from other devices");
}

bool cgroup_was_oom_killed(const struct container *c)
{
	static const char key[] = "\noom_kill ";
	char text[512];
	ssize_t n = pread(c->events, text, sizeof(text) - 1, 0);
	const char *hit;

	if (n <= 0)
		return false;
	text[n] = '\0';
	hit = strstr(text, key);
	return hit && strtoul(hit + sizeof(key) - 1, NULL, 10) > 0;
}
