/* SPDX-License-Identifier: MIT */
/*
 * Every right that the container does not get is taken here, in this order: what still needs root
 * first, the door last. Landlock, the seccomp filter and masks of /proc belong between the two.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "confine.h"
#include "inside.h"

#define INNER_ID 1000 /* what the container's program sees as its user and group */
#define FILES_MAX \
	4096 /* open files: connections of an inference server, and its libraries' habits */

static int write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	int r = 0;

	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len)
		r = -1;
	(void)close(fd);
	return r;
}

static int limit(void)
{
	const struct rlimit none = { 0, 0 }, files = { FILES_MAX, FILES_MAX };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_MSGQUEUE, &none) < 0)
		return -1;
	return setrlimit(RLIMIT_NOFILE, &files);
}

/* Gives up root before the user namespace exists, so that root is nowhere in it. */
static int become_user(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(UID_CONTAINER, UID_CONTAINER, UID_CONTAINER) < 0 ||
	    setresuid(UID_CONTAINER, UID_CONTAINER, UID_CONTAINER) < 0)
		return -1;
	/* A change of user makes /proc/self root's; the maps are written through it. */
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* A process may map its own id, and nothing else, without any privilege: user_namespaces(7). */
static int enter_user_namespace(void)
{
	char map[64];

	(void)snprintf(map, sizeof(map), "%d %d 1\n", INNER_ID, UID_CONTAINER);
	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	if (write_proc("/proc/self/setgroups", "deny") < 0 ||
	    write_proc("/proc/self/uid_map", map) < 0)
		return -1;
	return write_proc("/proc/self/gid_map", map);
}

/* A namespace of one's own brings capabilities in it, and with them much of the kernel to attack.
 */
static int forbid_namespaces(void)
{
	static const char *const kinds[] = { "user", "mnt",    "pid", "net",
					     "ipc",  "cgroup", "uts", "time" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kinds[i]);
		if (write_proc(path, "0") < 0 && errno != ENOENT) /* not in this kernel */
			return -1;
	}
	return 0;
}

/* The new user namespace came with every capability in it, bounding set included. */
static int drop_capabilities(void)
{
	int r = caps_bound(0);

	if (r == 0)
		r = caps_clear();
	if (r < 0) {
		errno = -r;
		return -1;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int policy_enter(const struct plan *plan, const char **ret_what)
{
	*ret_what = "cannot set its limits";
	if (limit() < 0)
		return -errno;
	*ret_what = "cannot become an unprivileged user";
	if (become_user() < 0)
		return -errno;
	*ret_what = "cannot enter its user namespace";
	if (enter_user_namespace() < 0)
		return -errno;
	*ret_what = "cannot forbid further namespaces";
	if (forbid_namespaces() < 0)
		return -errno;
	*ret_what = "cannot drop its capabilities";
	if (drop_capabilities() < 0)
		return -errno;
	*ret_what = "cannot enter its working directory";
	return chdir(plan->workdir) < 0 ? -errno : 0;
}
