/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inside.h"

#define ROOT "/rampart/root" /* mounted by init from the file that it measured */

static const struct {
	const char *path;
	unsigned minor; /* of the memory devices, major 1 */
} devices[] = {
	{ ROOT "/dev/null", 3 },   { ROOT "/dev/zero", 5 },    { ROOT "/dev/full", 7 },
	{ ROOT "/dev/random", 8 }, { ROOT "/dev/urandom", 9 },
};

static int mount_proc(void)
{
	return mount("proc", ROOT "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		     "hidepid=invisible");
}

static int mount_dev(void)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC;

	if (mount("dev", ROOT "/dev", "tmpfs", flags, "mode=0755,size=64k") < 0)
		return -1;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)) < 0 ||
		    chmod(devices[i].path, 0666) < 0) /* whatever the umask is */
			return -1;
	return mount(NULL, ROOT "/dev", NULL, MS_REMOUNT | MS_RDONLY | flags, NULL);
}

static int mount_tmp(uint64_t size)
{
	char options[64];

	if (size == 0)
		return 0;
	(void)snprintf(options, sizeof(options), "mode=1777,size=%" PRIu64, size);
	return mount("tmp", ROOT "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options);
}

static int mount_model(size_t n_model)
{
	const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (n_model == 0)
		return 0;
	if (mount(PLAN_MODEL_DIR, ROOT "/model", NULL, MS_BIND, NULL) < 0)
		return -1;
	/* The first call ignores every flag but MS_BIND: mount(2), "Creating a bind mount". */
	return mount(NULL, ROOT "/model", NULL, MS_BIND | MS_REMOUNT | flags, NULL);
}

/* The old root is stacked on the new one for a moment, then gone with everything below it. */
static int leave_initramfs(void)
{
	if (chdir(ROOT) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0)
		return -1;
	return chdir("/");
}

int files_enter(const struct plan *plan, const char **ret_what)
{
	*ret_what = "cannot make its mounts private";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	*ret_what = "cannot mount its /proc";
	if (mount_proc() < 0)
		return -errno;
	*ret_what = "cannot make its /dev";
	if (mount_dev() < 0)
		return -errno;
	*ret_what = "cannot mount its /tmp";
	if (mount_tmp(plan->scratch) < 0)
		return -errno;
	*ret_what = "cannot mount its /model";
	if (mount_model(plan->n_model) < 0)
		return -errno;
	*ret_what = "cannot leave the initramfs";
	return leave_initramfs() < 0 ? -errno : 0;
}
