/* SPDX-License-Identifier: MIT */
/*
 * Every right that the container does not get is taken here, in this order: what still needs root
 * first, the calls that the rest of this is made of last.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine.h"
#include "inside.h"
#include "wall.h"

#define INNER_ID    1000 /* what the container's program sees as its user and group */
#define SIGNALS_MAX 1024 /* queued ones: they are kernel memory */

static int limit(const struct plan *plan)
{
	const struct {
		int what;
		rlim_t max;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_MEMLOCK, 0 },
		{ RLIMIT_MSGQUEUE, 0 },
		{ RLIMIT_NOFILE, plan->limit_files },
		{ RLIMIT_NPROC, plan->limit_pids },
		{ RLIMIT_SIGPENDING, SIGNALS_MAX },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct rlimit both = { limits[i].max, limits[i].max };

		if (setrlimit(limits[i].what, &both) < 0)
			return -errno;
	}
	return 0;
}

/* Gives up root before the user namespace exists, so that root is nowhere in it. */
static int become_user(void)
{
	int r = become(UID_CONTAINER);

	/* A change of user makes /proc/self root's; the maps are written through it. */
	return r == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : r;
}

/* A process may map its own id, and nothing else, without any privilege: user_namespaces(7). */
static int enter_user_namespace(int proc)
{
	char map[64];
	int r;

	(void)snprintf(map, sizeof(map), "%d %d 1\n", INNER_ID, UID_CONTAINER);
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	r = put(proc, "self/setgroups", "deny");
	if (r == 0)
		r = put(proc, "self/uid_map", map);
	return r < 0 ? r : put(proc, "self/gid_map", map);
}

/* A namespace of one's own brings capabilities in it, and with them much of the kernel to attack.
 */
static int forbid_namespaces(int proc)
{
	static const char *const kinds[] = { "user", "mnt",    "pid", "net",
					     "ipc",  "cgroup", "uts", "time" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64];
		int r;

		(void)snprintf(path, sizeof(path), "sys/user/max_%s_namespaces", kinds[i]);
		r = put(proc, path, "0");
		if (r < 0 && r != -ENOENT) /* not in this kernel */
			return r;
	}
	return 0;
}

/* The new user namespace came with every capability in it, bounding set included. */
static int drop_capabilities(void)
{
	int r = caps_bound(0);

	if (r == 0)
		r = caps_clear();
	return r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : r;
}

/* The files that it has anyway, in the words of a second guard; and its own port. */
static int wall_off(const struct plan *plan)
{
	const uint64_t look = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	const uint64_t use = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			     LANDLOCK_ACCESS_FS_TRUNCATE;
	const uint64_t make = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
			      LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			      LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			      LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
	const struct wall_tree trees[] = {
		{ "/", look | LANDLOCK_ACCESS_FS_EXECUTE },
		{ "/dev/null", use },
		{ "/dev/zero", use },
		{ "/dev/full", use },
		{ "/dev/random", use },
		{ "/dev/urandom", use },
		{ "/tmp", look | use | make }, /* last: there may be no scratch */
	};
	size_t n = sizeof(trees) / sizeof(trees[0]) - (plan->scratch == 0);

	return wall_landlock(trees, n, plan->port, 0);
}

int policy_enter(const struct plan *plan, int proc, int filter, const char **ret_what)
{
	int r = limit(plan);

	*ret_what = "cannot set its limits";
	/* Whatever memory is short of: the container goes before the guest's own programs do. */
	if (r < 0 || (r = put(proc, "self/oom_score_adj", "1000")) < 0)
		return r;
	*ret_what = "cannot become an unprivileged user";
	if ((r = become_user()) < 0)
		return r;
	*ret_what = "cannot enter its user namespace";
	if ((r = enter_user_namespace(proc)) < 0)
		return r;
	*ret_what = "cannot forbid further namespaces";
	if ((r = forbid_namespaces(proc)) < 0)
		return r;
	*ret_what = "cannot drop its capabilities";
	if ((r = drop_capabilities()) < 0)
		return r;
	*ret_what = "cannot enter its working directory";
	if (chdir(plan->workdir) < 0)
		return -errno;
	*ret_what = "cannot set up Landlock";
	if ((r = wall_off(plan)) < 0)
		return r;
	*ret_what = "cannot load its filter of system calls";
	return wall_filter(filter);
}
