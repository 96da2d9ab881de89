/* SPDX-License-Identifier: MIT */
/*
 * What initramfs/container/cgroup.c does, for a machine whose tree of control groups has no
 * controllers (/group, tests/lib/guestroot.h): a group is made, and ended with all that is in it, but
 * has no limits. Linked with the rest of the launcher.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/container/container.h"

#define KILL_MS 10000

static int end(const char *path)
{
	int old = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), events, r;

	if (old < 0)
		return 0;
	events = openat(old, "cgroup.events", O_RDONLY | O_CLOEXEC);
	r = put(old, "cgroup.kill", "1");
	while (r == 0) {
		struct pollfd p = { .fd = events, .events = POLLPRI };
		char text[64];

		(void)!pread(events, text, sizeof(text), 0);
		if (rmdir(path) == 0)
			break;
		r = poll(&p, 1, KILL_MS) <= 0 ? -EAGAIN : 0;
	}
	(void)close(events);
	(void)close(old);
	return r;
}

int cgroup_make(struct container *c)
{
	char path[64];

	/* Test programs that run at once have launchers of other names. */
	(void)snprintf(path, sizeof(path), "/group/%s.%zu", c->plan.version, c->slot);
	return because_of(end(path) ?: sys(mkdir(path, 0755)) ?:
			  sys(c->group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), path);
}

bool cgroup_was_oom_killed(const struct container *c)
{
	(void)c;
	return false;
}
