/* SPDX-License-Identifier: MIT */
/* A /sys of copies: what programs ask to learn which processors, and which of its devices, there are. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/container/container.h"
#include "measure/lib/array.h"

#define FLAGS	 (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define TEXT_MAX 4096 /* of a file: the kernel writes a page at most */

/* The folders above path, which is relative. */
static int make_parents(const char *path)
{
	char folder[PATH_MAX];

	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(s - path), path);
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int copy_text(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	int r = in < 0 || out < 0 || sendfile(out, in, NULL, TEXT_MAX) < 0 ? -errno : 0;

	(void)close(in);
	(void)close(out);
	return r;
}

/* A text, or a link as it is. What this machine does not have, or what is there, is no failure. */
static int copy(const char *dir, const char *name)
{
	char from[PATH_MAX], target[PATH_MAX] = "";
	ssize_t n;
	int r;

	(void)snprintf(from, sizeof(from), "/sys/%s%s%s", dir, name[0] ? "/" : "", name);
	n = readlink(from, target, sizeof(target) - 1);
	if (access(from, F_OK) < 0)
		return 0;
	r = make_parents(from + 1)
		    ?: n >= 0 ? sys(symlink(target, from + 1))
			      : copy_text(from, from + 1);
	return r == -EEXIST ? 0 : r;
}

/*
 * From the node's folder upwards to that of the PCI function: what libdrm looks at. Nodes of
 * NVIDIA's driver have no folder.
 */
static int copy_device(dev_t node)
{
	static const char names[] = "class\0dev\0device\0revision\0subsystem\0subsystem_device\0"
				    "subsystem_vendor\0uevent\0vendor\0";
	char link[64], path[PATH_MAX], subsystem[PATH_MAX + 16], target[PATH_MAX], *slash;
	ssize_t n;
	int r;

	(void)snprintf(link, sizeof(link), "dev/char/%u:%u", major(node), minor(node));
	r = copy(link, "");
	(void)snprintf(subsystem, sizeof(subsystem), "/sys/%s", link);
	if (r < 0 || !realpath(subsystem, path))
		return r < 0 ? r : errno == ENOENT ? 0 : -errno;
	for (;;) {
		for (const char *s = names; *s && r == 0; s += strlen(s) + 1)
			r = copy(path + strlen("/sys/"), s);
		(void)snprintf(subsystem, sizeof(subsystem), "%s/subsystem", path);
		n = readlink(subsystem, target, sizeof(target) - 1);
		slash = strrchr(path, '/');
		if (r < 0 || (n > 4 && !memcmp(target + n - 4, "/pci", 4)) ||
		    slash <= path + strlen("/sys/devices"))
			return r;
		*slash = '\0';
	}
}

int sysfs_copy(const struct container *c)
{
	static const char *const cpu[] = { "devices/system/cpu/online",
					   "devices/system/cpu/possible",
					   "devices/system/cpu/present",
					   "devices/system/node/online",
					   "devices/system/node/possible" };
	int r = 0;

	if (c->plan.sys == PLAN_SYS_NONE)
		return 0;
	if (mount("sys", "sys", "tmpfs", FLAGS, "mode=0755,size=1m,nr_inodes=1k") < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(cpu) && r == 0; i++)
		r = copy(cpu[i], "");
	for (size_t i = CONTAINER_DEVICES_N;
	     c->plan.sys == PLAN_SYS_GPU && i < c->n_device && r == 0; i++)
		r = copy_device(c->device[i].node);
	return r ?: sys(mount(NULL, "sys", NULL, MS_REMOUNT | MS_RDONLY | FLAGS, NULL));
}
