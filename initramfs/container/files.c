/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inside.h"

#define ROOT "/rampart/root" /* mounted by init from the file that it measured */

int put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC), r = 0;
	size_t len = strlen(text);

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		r = -errno;
	(void)close(fd);
	return r;
}

static const struct {
	const char *path;
	unsigned minor; /* of the memory devices, major 1 */
} devices[] = {
	{ ROOT "/dev/null", 3 },   { ROOT "/dev/zero", 5 },    { ROOT "/dev/full", 7 },
	{ ROOT "/dev/random", 8 }, { ROOT "/dev/urandom", 9 },
};

#define PROC_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* A writable one below, for the descriptor, and the read-only one that the container sees above. */
static int mount_proc(int *ret_proc)
{
	if (mount("proc", ROOT "/proc", "proc", PROC_FLAGS, "hidepid=invisible") < 0)
		return -1;
	*ret_proc = open(ROOT "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_proc < 0 || mount(ROOT "/proc", ROOT "/proc", NULL, MS_BIND, NULL) < 0)
		return -1;
	return mount(NULL, ROOT "/proc", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | PROC_FLAGS, NULL);
}

/* What programs read to learn how large the machine is, and the settings, which are read-only. */
static int is_needed(const char *name)
{
	static const char *const needed[] = { "cpuinfo", "filesystems", "loadavg", "meminfo",
					      "stat",	 "sys",		"uptime",  "version" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!strcmp(name, needed[i]))
			return 1;
	return name[0] >= '0' && name[0] <= '9'; /* a process */
}

static int mask(const struct dirent *entry)
{
	char path[sizeof(ROOT "/proc/") + sizeof(entry->d_name)];

	(void)snprintf(path, sizeof(path), ROOT "/proc/%s", entry->d_name);
	if (entry->d_type == DT_DIR)
		return mount("mask", path, "tmpfs", PROC_FLAGS | MS_RDONLY, "mode=0555,size=4k");
	return mount(ROOT "/dev/null", path, NULL, MS_BIND, NULL);
}

/* The rest of /proc is about the machine and not about the container. Links lead to /proc/self. */
static int mask_proc(void)
{
	DIR *dir = opendir(ROOT "/proc");
	struct dirent *entry;
	int r = dir ? 0 : -1;

	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && entry->d_type != DT_LNK && !is_needed(entry->d_name))
			r = mask(entry);
	if (dir)
		(void)closedir(dir);
	return r;
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
	char options[96];

	if (size == 0)
		return 0;
	/* An empty file costs memory that is in nobody's size. */
	(void)snprintf(options, sizeof(options), "mode=1777,size=%" PRIu64 ",nr_inodes=%" PRIu64,
		       size, size / 4096 + 16);
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

int files_enter(const struct plan *plan, int *ret_proc, const char **ret_what)
{
	*ret_what = "cannot make its mounts private";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	*ret_what = "cannot mount its /proc";
	if (mount_proc(ret_proc) < 0)
		return -errno;
	*ret_what = "cannot make its /dev";
	if (mount_dev() < 0)
		return -errno;
	*ret_what = "cannot mask its /proc";
	if (mask_proc() < 0)
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
