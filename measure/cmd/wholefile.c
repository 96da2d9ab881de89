/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/wholefile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"

/*
 * Below a folder no link is followed, at any depth: what somebody else put there, such as a copy of a
 * log, would lead to files of ours. A path without a folder is the user's own.
 */
static int open_below(int fd, const char *file, int flags, mode_t mode)
{
	const struct open_how how = { .flags = (unsigned)flags,
				      .mode = flags & O_CREAT ? mode : 0,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

	if (fd == AT_FDCWD)
		return openat(fd, file, flags, mode);
	return (int)syscall(SYS_openat2, fd, file, &how, sizeof(how));
}

int wholefile_read(int fd, const char *file, size_t max, char **ret_text, size_t *ret_len)
{
	int in = open_below(fd, file, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0), r = 0;
	char *text = NULL;
	struct stat st;
	size_t len = 0;

	if (in < 0)
		return -errno;
	if (fstat(in, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size < 0 || (size_t)st.st_size > max)
		r = -EFBIG;
	else if (!(text = malloc((size_t)st.st_size + 1)))
		r = -ENOMEM;
	while (r == 0 && len < (size_t)st.st_size) {
		ssize_t n = read(in, text + len, (size_t)st.st_size - len);

		if (n <= 0)
			r = n < 0 ? -errno : -EIO;
		else
			len += (size_t)n;
	}
	close(in);
	if (r < 0 || !text) {
		free(text);
		return r < 0 ? r : -EIO;
	}
	text[len] = 0;
	*ret_text = text;
	*ret_len = len;
	return 0;
}

int wholefile_write(int fd, const char *file, const void *bytes, size_t len, mode_t mode)
{
	AUTO_FREE char *new = NULL;
	const char *next = bytes;
	int out, r = 0;

	if (asprintf(&new, "%s.new", file) < 0) {
		new = NULL;
		return -ENOMEM;
	}
	out = open_below(fd, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (out < 0)
		return -errno;
	while (len > 0 && r == 0) {
		ssize_t n = write(out, next, len);

		if (n < 0)
			r = errno == EINTR ? 0 : -errno;
		else
			next += n, len -= (size_t)n;
	}
	if (r == 0 && fsync(out) < 0)
		r = -errno;
	if (close(out) < 0 && r == 0)
		r = -errno;
	if (r == 0 && (renameat(fd, new, fd, file) < 0 || (fd >= 0 && fsync(fd) < 0)))
		r = -errno;
	if (r < 0)
		(void)unlinkat(fd, new, 0);
	return r;
}
