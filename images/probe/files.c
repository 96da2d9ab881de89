/* SPDX-License-Identifier: MIT */
/* Files: the root and the models cannot be changed, scratch cannot be executed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

extern char **environ;

static int run_create(const char *arg)
{
	int r = try_open(arg, O_WRONLY | O_CREAT);

	if (r == 0)
		(void)unlink(arg);
	return r;
}

static int run_mkdir(const char *arg)
{
	int r = result(mkdir(arg, 0700));

	if (r == 0)
		(void)rmdir(arg);
	return r;
}

static int run_chmod(const char *arg)
{
	struct stat st;

	return stat(arg, &st) < 0 ? -errno : result(chmod(arg, st.st_mode & 07777));
}

static int run_times(const char *arg)
{
	return result(utimensat(AT_FDCWD, arg, NULL, 0));
}

/* Creates arg in scratch; fails where there is no scratch to write to. */
static int scratch_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (fd < 0)
		note("no scratch");
	return fd;
}

static int copy_self(int to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char buf[65536];
	ssize_t n;

	if (from < 0)
		return -errno;
	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			return -ENOSPC;
	(void)close(from);
	return 0;
}

/* Closed for writing, opened for reading: a file that is open for writing is "busy". */
static int execute(const char *path)
{
	char *const argv[] = { (char[]){ "probe" }, (char[]){ EXEC_WORD }, NULL };

	return result(execve(path, argv, environ));
}

static int run_exec_scratch(const char *arg)
{
	int fd = scratch_file(arg), r;

	if (fd < 0)
		return -errno;
	r = copy_self(fd);
	(void)close(fd);
	if (r == 0)
		r = execute(arg);
	(void)unlink(arg);
	return r;
}

static int run_exec_memfd(const char *arg)
{
	int fd = (int)syscall(SYS_memfd_create, arg, 1 /* MFD_CLOEXEC */);
	char path[64];
	int r;

	if (fd < 0)
		return -errno;
	r = copy_self(fd);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return r < 0 ? r : execute(path);
}

static int run_map_scratch(const char *arg)
{
	int fd = scratch_file(arg);
	void *p;
	int r;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, 4096) < 0)
		return -errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	r = p == MAP_FAILED ? -errno : 0;
	(void)unlink(arg);
	return r;
}

/* The first mount without the option arg; of noexec the root is exempt, since it cannot have it. */
static int run_mounts_have(const char *arg)
{
	char line[1024], point[256], options[256];
	FILE *in = fopen("/proc/self/mountinfo", "re");
	bool root_too = strcmp(arg, "noexec");

	if (!in)
		return -errno;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%*s %*s %*s %*s %255s %255s", point, options) != 2)
			continue;
		if (!strstr(options, arg) && (root_too || strcmp(point, "/"))) {
			note("%.60s", point);
			(void)fclose(in);
			return 0;
		}
	}
	(void)fclose(in);
	return -EPERM;
}

static int run_file_capability(const char *arg)
{
	/* vfs_cap_data version 2: CAP_SYS_ADMIN permitted and effective, little-endian. */
	static const uint8_t cap[20] = { 1, 0, 0, 2, 0, 0, 0x20 };
	int fd = scratch_file(arg), r;

	if (fd < 0)
		return -errno;
	r = result(fsetxattr(fd, "security.capability", cap, sizeof(cap), 0));
	(void)unlink(arg);
	return r;
}

static int run_trusted_xattr(const char *arg)
{
	int fd = scratch_file(arg), r;

	if (fd < 0)
		return -errno;
	r = result(fsetxattr(fd, "trusted.probe", "1", 1, 0));
	(void)unlink(arg);
	return r;
}

static int run_chown(const char *arg)
{
	int fd = scratch_file(arg), r;

	if (fd < 0)
		return -errno;
	r = result(fchown(fd, 12345, 12345));
	(void)unlink(arg);
	return r;
}

/* arg: "type major minor" of a device, made in scratch. */
static int run_mknod(const char *arg)
{
	static const char path[] = "/tmp/probe-node";
	unsigned major = 0, minor = 0;
	char type = 0;
	int r;

	if (sscanf(arg, "%c %u %u", &type, &major, &minor) != 3)
		return -EINVAL;
	r = result(mknod(path, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major, minor)));
	if (r == 0)
		r = try_read(path);
	(void)unlink(path);
	return r;
}

static int run_name_handle(const char *arg)
{
	struct {
		unsigned bytes;
		int type;
		uint8_t handle[128];
	} handle = { .bytes = 128 };
	int mount_id;

	return result(syscall(SYS_name_to_handle_at, AT_FDCWD, arg, &handle, &mount_id, 0));
}

/* Inode 2 is the root of many file systems, whatever part of it is mounted. */
static int run_open_handle(const char *arg)
{
	struct {
		unsigned bytes;
		int type;
		uint32_t handle[2];
	} handle = { .bytes = 8, .type = 1, .handle = { 2, 0 } };
	int dir = open(arg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (dir < 0)
		return -errno;
	r = result(syscall(SYS_open_by_handle_at, dir, &handle, O_RDONLY));
	return r == -ESTALE ? 0 : r; /* it was searched for */
}

/* arg: a path upwards; it would lead to the files of whoever made the root. */
static int run_above(const char *arg)
{
	static const char *const outside[] = { "rampart/plan", "sbin/init", "init", "bin/busybox",
					       "etc/shadow" };
	char path[256];

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", arg, outside[i]);
		if (access(path, F_OK) == 0) {
			note("%.60s", path);
			return 0;
		}
	}
	return -ENOENT;
}

/* A working directory that was entered before the root changed would lead outside. */
static int run_cwd_fd(const char *arg)
{
	char path[64];

	for (int fd = 0; fd < 64; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (chdir(path) == 0) {
			note("descriptor %d", fd);
			return 0;
		}
	}
	return run_above(arg);
}

/* arg: the path of a file that must be masked, or not writable; an empty file counts as masked. */
static int run_symlink(const char *arg)
{
	static const char path[] = "/tmp/probe-link";
	bool write_only = strstr(arg, "trigger") != NULL;
	char byte;
	int fd, r = 0;

	if (symlink(arg, path) < 0)
		return -errno;
	fd = open(path, (write_only ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		r = -errno;
	else if (!write_only && read(fd, &byte, 1) == 0)
		r = -ENOENT;
	(void)unlink(path);
	return r;
}

static int run_truncate(const char *arg)
{
	return result(truncate(arg, 0));
}

static int run_rename(const char *arg)
{
	return result(rename(arg, "/probe-renamed"));
}

static int run_link(const char *arg)
{
	return result(link(arg, "/tmp/probe-hard-link"));
}

static const struct attempt attempts[] = {
	{ "write-root", "change its own root", REFUSED, run_create, "/probe-new", 0 },
	{ "mkdir-root", "change its own root", REFUSED, run_mkdir, "/probe-dir", 0 },
	{ "chmod-root", "change its own root", REFUSED, run_chmod, "/", 0 },
	{ "touch-root", "change its own root", REFUSED, run_times, "/", 0 },
	{ "hard-link", "keep a program for later", REFUSED, run_link, "/probe-spare", EXDEV },
	{ "truncate-file", "change its own root", REFUSED, run_truncate, "/probe-spare", 0 },
	{ "rename-file", "change its own root", REFUSED, run_rename, "/probe-spare", 0 },
	{ "write-model", "poison the model", REFUSED, try_write, "/model/model.txt", 0 },
	{ "create-model", "add a model", REFUSED, run_create, "/model/probe-new", 0 },
	{ "chmod-model", "poison the model", REFUSED, run_chmod, "/model/model.txt", 0 },
	{ "create-dev", "put something into /dev", REFUSED, run_create, "/dev/probe-new", 0 },
	{ "chmod-dev", "change /dev", REFUSED, run_chmod, "/dev/null", 0 },
	{ "mknod-mem", "read the machine's memory", REFUSED, run_mknod, "c 1 1", 0 },
	{ "mknod-tpm", "reach the TPM", REFUSED, run_mknod, "c 10 224", 0 },
	{ "mknod-console", "write on the console", REFUSED, run_mknod, "c 5 1", 0 },
	{ "mknod-disk", "read the disk", REFUSED, run_mknod, "b 254 0", 0 },
	{ "exec-scratch", "run what came by network", REFUSED, run_exec_scratch, "/tmp/probe-x",
	  0 },
	{ "exec-memfd", "run what came by network", REFUSED, run_exec_memfd, "probe", 0 },
	{ "map-exec-scratch", "run what came by network", REFUSED, run_map_scratch, "/tmp/probe-m",
	  0 },
	{ "mounts-nosuid", "use a set-uid program", REFUSED, run_mounts_have, "nosuid", 0 },
	{ "mounts-noexec", "run from elsewhere than the root", REFUSED, run_mounts_have, "noexec",
	  0 },
	{ "file-capability", "gain capabilities by a file", REFUSED, run_file_capability,
	  "/tmp/probe-c", 0 },
	{ "trusted-xattr", "forge a label", REFUSED, run_trusted_xattr, "/tmp/probe-t", 0 },
	{ "chown", "give files to others", REFUSED, run_chown, "/tmp/probe-o", EINVAL },
	{ "name-to-handle", "find files by handle", REFUSED, run_name_handle, "/", 0 },
	{ "open-by-handle", "open files outside the root", REFUSED, run_open_handle, "/", 0 },
	{ "above-root", "walk out of the root", REFUSED, run_above, "/../../../..", 0 },
	{ "proc-1-root", "walk out by PID 1", REFUSED, run_above, "/proc/1/root", 0 },
	{ "proc-1-cwd", "walk out by PID 1", REFUSED, run_above, "/proc/1/cwd/../../..", 0 },
	{ "cwd-by-fd", "walk out by a forgotten folder", REFUSED, run_cwd_fd, "../../../..", 0 },
	{ "symlink-kcore", "pass a mask by another name", REFUSED, run_symlink,
	  "/proc/self/root/proc/kcore", 0 },
	{ "symlink-sysrq", "pass a mask by another name", REFUSED, run_symlink,
	  "/proc/self/cwd/../proc/sysrq-trigger", 0 },
};

const struct topic files_topic = { "files", attempts, sizeof(attempts) / sizeof(attempts[0]) };
