/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/mount.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/container/container.h"
#include "measure/lib/array.h"

#define ROOT	   "/rampart/root" /* mounted by init from the file that it measured */
#define PROC_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

int put(int dir, const char *path, const char *format, ...)
{
	char text[64];
	va_list ap;
	int fd, n, r;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -EFBIG;
	fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	r = fd < 0 || write(fd, text, (size_t)n) != n ? -errno : 0;
	(void)close(fd);
	return r;
}

static int make_read_only(const char *path)
{
	return sys(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | PROC_FLAGS, NULL));
}

/*
 * A writable one below, for the descriptor, and the one that the container sees above: read-only, or
 * if it may write to what is its own there, only the settings are.
 */
static int mount_proc(struct container *c)
{
	return sys(mount("proc", "proc", "proc", PROC_FLAGS, "hidepid=invisible")) ?:
	       sys(c->proc = open("proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) ?:
	       sys(mount("proc", "proc", NULL, MS_BIND, NULL)) ?:
	       !c->plan.proc_comm ? make_read_only("proc") :
	       sys(mount("proc/sys", "proc/sys", NULL, MS_BIND, NULL)) ?: make_read_only("proc/sys");
}

/*
 * What programs read to learn how large the machine is, and the settings, which are read-only.
 * NVIDIA's libraries ask driver/nvidia how the driver was told to behave; its files are root's.
 */
static bool is_needed(const struct plan *p, const char *name)
{
	static const char *const needed[] = { "driver",	 "cpuinfo", "filesystems",
					      "loadavg", "meminfo", "stat",
					      "sys",	 "uptime",  "version" };

	for (size_t i = plan_passes(p, "nvidia") ? 0 : 1; i < ARRAY_SIZE(needed); i++)
		if (!strcmp(name, needed[i]))
			return true;
	return name[0] >= '0' && name[0] <= '9'; /* a process */
}

static int mask(const struct dirent *entry)
{
	char path[sizeof("proc/") + sizeof(entry->d_name)];

	(void)snprintf(path, sizeof(path), "proc/%s", entry->d_name);
	if (entry->d_type == DT_DIR)
		return sys(
			mount("mask", path, "tmpfs", PROC_FLAGS | MS_RDONLY, "mode=0555,size=4k"));
	return sys(mount("dev/null", path, NULL, MS_BIND, NULL));
}

/* The rest of /proc is about the machine and not about the container. Links lead to /proc/self. */
static int mask_proc(const struct plan *p)
{
	DIR *dir = opendir("proc");
	struct dirent *e;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && e->d_type != DT_LNK && !is_needed(p, e->d_name))
			r = mask(e);
	(void)closedir(dir);
	return r;
}

/* An empty file costs memory that is in nobody's size. */
static int mount_scratch(const char *path, uint64_t size, bool exec)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | (exec ? 0 : MS_NOEXEC);
	char options[96];

	if (size == 0)
		return 0;
	(void)snprintf(options, sizeof(options), "mode=1777,size=%" PRIu64 ",nr_inodes=%" PRIu64,
		       size, size / 4096 + 16);
	return sys(mount("scratch", path, "tmpfs", flags, options));
}

/* What every runtime has, by the names of its own processes' descriptors. */
static int link_dev(void)
{
	return sys(symlink("/proc/self/fd", "dev/fd")) ?:
	       sys(symlink("/proc/self/fd/0", "dev/stdin")) ?:
	       sys(symlink("/proc/self/fd/1", "dev/stdout")) ?:
	       sys(symlink("/proc/self/fd/2", "dev/stderr"));
}

static int mount_dev(const struct container *c)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC;

	if (mount("dev", "dev", "tmpfs", flags, "mode=0755,size=64k") < 0)
		return -errno;
	for (size_t i = 0; i < c->n_device; i++) {
		const struct device *d = &c->device[i];
		const char *path = d->path + 1; /* not the initramfs's own node */

		/* plan.h has no other folder */
		if (!strncmp(path, "dev/dri/", 8) && mkdir("dev/dri", 0755) < 0 && errno != EEXIST)
			return -errno;
		if (mknod(path, S_IFCHR | 0666, d->node) < 0 ||
		    chmod(path, 0666) < 0) /* whatever the umask is */
			return -errno;
	}
	if (c->plan.shm > 0 && mkdir("dev/shm", 0755) < 0)
		return -errno;
	return link_dev() ?: sys(mount(NULL, "dev", NULL, MS_REMOUNT | MS_RDONLY | flags, NULL)) ?:
	       mount_scratch("dev/shm", c->plan.shm, false);
}

/* By paths of the container's: links in them lead nowhere else. */
static int mount_scratches(const struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_scratch && r == 0; i++) {
		const struct plan_scratch *s = &plan->scratches[i];

		r = mount_scratch(s->path, s->size, s->exec);
	}
	return r;
}

/* What init made, read-only as it is; or nothing. */
static int mount_sys(const struct plan *plan)
{
	return plan->sys == PLAN_SYS_NONE ? 0
					  : sys(mount(PLAN_SYS_DIR, "sys", NULL, MS_BIND, NULL));
}

/* With whatever init mounted below it: the files that came from a payload volume. */
static int mount_model(size_t n_model)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

	if (n_model == 0)
		return 0;
	/* mount(2) can change one mount, and only the second call all of them. */
	return sys(mount(PLAN_MODEL_DIR, "model", NULL, MS_BIND | MS_REC, NULL))
		       ?: sys(syscall(SYS_mount_setattr, AT_FDCWD, "model", AT_RECURSIVE, &attr,
				      sizeof(attr)));
}

/* The old root is stacked on the new one for a moment, then gone with everything below it. */
static int leave_initramfs(void)
{
	return sys(syscall(SYS_pivot_root, ".", ".")) ?: sys(umount2(".", MNT_DETACH)) ?:
	       sys(chdir("/"));
}

/* The root, which init mounted from the file that it measured, or a copy of it. */
static int enter_root(const struct container *c)
{
	return c->plan.writable ? root_copy(ROOT, c->plan.writable) : sys(chdir(ROOT));
}

/*
 * Whatever it writes to its descriptors by their names in /dev goes where these lead. They are not
 * of the initramfs, but for a debug image's console, which it may open, too.
 */
static int give_stdio(bool debug)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r = 0;

	if (null < 0)
		return -errno;
	for (int fd = 0; fd < 3 && r == 0; fd++)
		r = fd > 0 && debug ? sys(fchmod(fd, 0666)) : sys(dup2(null, fd));
	return r;
}

/* Relative paths are the container's, absolute ones the initramfs's, until that is left. */
int files_enter(struct container *c)
{
	return because_of(sys(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)),
			  "cannot make its mounts private") ?:
	       because_of(enter_root(c), "cannot enter its root") ?:
	       because_of(mount_proc(c), "cannot mount its /proc") ?:
	       because_of(mount_dev(c), "cannot make its /dev") ?:
	       because_of(mask_proc(&c->plan), "cannot mask its /proc") ?:
	       because_of(mount_sys(&c->plan), "cannot make its /sys") ?:
	       because_of(mount_scratch("tmp", c->plan.scratch, c->plan.scratch_exec),
			  "cannot mount its /tmp") ?:
	       because_of(mount_model(c->plan.n_model), "cannot mount its /model") ?:
	       because_of(leave_initramfs(), "cannot leave the initramfs") ?:
	       because_of(mount_scratches(&c->plan), "cannot mount its scratch") ?:
	       because_of(give_stdio(c->plan.debug), "cannot give it its descriptors");
}
