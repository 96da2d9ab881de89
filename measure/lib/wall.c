/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/lib/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/lib/plan.h"

/*
 * ABI version 6, for the scopes. Everything that Landlock can forbid is forbidden, then some of it
 * allowed.
 */
#define LANDLOCK_VERSION 6
#define ALL_FILES	 (LANDLOCK_ACCESS_FS_IOCTL_DEV * 2 - 1)
#define ALL_SCOPES	 (LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL)

static int add_tree(int ruleset, const struct wall_tree *tree)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = tree->access };
	int r = 0;

	rule.parent_fd = open(tree->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -errno;
	/* EBADFD: no file of a name, but a pipe, say, which no rule forbids. */
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 &&
	    errno != EBADFD)
		r = -errno;
	(void)close(rule.parent_fd);
	return r;
}

static int add_port(int ruleset, uint64_t access, uint32_t port)
{
	const struct landlock_net_port_attr rule = { .allowed_access = access, .port = port };

	if (port != 0 && port != WALL_ANY_PORT &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_NET_PORT, &rule, 0) < 0)
		return -errno;
	return 0;
}

int wall_landlock(const struct wall_tree *trees, size_t n_trees, uint32_t bind_port,
		  uint32_t connect_port)
{
	const uint64_t ports =
		(bind_port == WALL_ANY_PORT ? 0 : LANDLOCK_ACCESS_NET_BIND_TCP) |
		(connect_port == WALL_ANY_PORT ? 0 : LANDLOCK_ACCESS_NET_CONNECT_TCP);
	const struct landlock_ruleset_attr all = { .handled_access_fs = ALL_FILES,
						   .handled_access_net = ports,
						   .scoped = ALL_SCOPES };
	int ruleset, r;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) <
	    LANDLOCK_VERSION)
		return -ENOTSUP;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (ruleset < 0)
		return -errno;
	r = add_port(ruleset, LANDLOCK_ACCESS_NET_BIND_TCP, bind_port)
		    ?: add_port(ruleset, LANDLOCK_ACCESS_NET_CONNECT_TCP, connect_port);
	for (size_t i = 0; i < n_trees && r == 0; i++)
		r = add_tree(ruleset, &trees[i]);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	(void)close(ruleset);
	return r;
}

/* Read from its start, since a restarted program gets the same open file again. */
int wall_filter(int fd, bool listen)
{
	static struct sock_filter code[PLAN_SECCOMP_MAX / sizeof(struct sock_filter)];
	long r = pread(fd, code, sizeof(code), 0);
	struct sock_fprog program = { (unsigned short)(r / (long)sizeof(code[0])), code };
	unsigned flags = listen ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

	(void)close(fd);
	if (r >= 0)
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return r < 0 ? -errno : (int)r;
}
