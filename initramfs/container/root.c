/* SPDX-License-Identifier: MIT */
/*
 * A root that the container may write to: a tmpfs with a copy of the image. There is no overlay:
 * its code is large, was broken often, and is not in this kernel.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/container/container.h"

static int copy_folder(int from, int to);

static int copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX] = "";

	if (readlinkat(from, name, target, sizeof(target) - 1) < 0)
		return -errno;
	return sys(symlinkat(target, to, name));
}

/* in and out are closed. */
static int copy_open(int in, int out, const struct stat *st)
{
	off_t left = st->st_size;
	int r = in < 0 || out < 0 ? -errno : S_ISDIR(st->st_mode) ? copy_folder(in, out) : 0;

	while (r == 0 && S_ISREG(st->st_mode) && left > 0) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);

		r = n < 0 ? -errno : n == 0 ? -EIO : 0;
		left -= n;
	}
	/* A change of owner takes bits of the mode away. */
	if (r == 0)
		r = sys(fchown(out, st->st_uid, st->st_gid))
			    ?: sys(fchmod(out, st->st_mode & 07777));
	(void)close(in);
	(void)close(out);
	return r;
}

static int copy_entry(int from, int to, const char *name)
{
	const int read = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	const int write = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name);
	if (S_ISDIR(st.st_mode) && mkdirat(to, name, 0700) < 0)
		return -errno;
	return copy_open(openat(from, name, read),
			 openat(to, name, S_ISDIR(st.st_mode) ? read : write, 0600), &st);
}

static int copy_folder(int from, int to)
{
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] != '.' || (name[1] != '\0' && (name[1] != '.' || name[2] != '\0')))
			r = copy_entry(from, to, name);
	}
	(void)closedir(dir);
	return r;
}

int root_copy(const char *path, uint64_t size)
{
	struct stat st;
	char options[96];
	int image = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (image < 0 || fstat(image, &st) < 0)
		return -errno;
	(void)snprintf(options, sizeof(options), "mode=0755,size=%" PRIu64 ",nr_inodes=%" PRIu64,
		       size, size / 4096 + 16);
	return sys(mount("root", path, "tmpfs", MS_NOSUID | MS_NODEV, options)) ?: sys(chdir(path)) ?:
	       copy_open(image, open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), &st);
}
