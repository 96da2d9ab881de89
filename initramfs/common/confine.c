/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/common/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/lib/wall.h"

int caps_bound(uint64_t keep)
{
	/*
	 * The kernel may know capabilities that this header does not: the loop ends at the first
	 * invalid number.
	 */
	for (unsigned long cap = 0; cap < 64; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EINVAL && cap > CAP_SYS_ADMIN ? 0 : -errno;
	return 0;
}

int caps_set(uint32_t low)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = low, .permitted = low, .inheritable = low }
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int caps_clear(void)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ? -errno : caps_set(0);
}

int become(uid_t id)
{
	if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0)
		return -errno;
	return 0;
}

int confine(uid_t id, unsigned n_files, uint16_t connect_port, int filter_fd)
{
	const struct rlimit core = { 0, 0 }, files = { n_files, n_files };
	int r;

	if (setrlimit(RLIMIT_CORE, &core) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    (mkdir(EMPTY_DIR, 0555) < 0 && errno != EEXIST) || chroot(EMPTY_DIR) < 0 ||
	    chdir("/") < 0)
		return -errno;
	r = caps_bound(0) ?: become(id) ?: caps_clear();
	if (r == 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		r = -errno;
	return r ?: wall_landlock(NULL, 0, 0, connect_port) ?: wall_filter(filter_fd, false);
}
