/* SPDX-License-Identifier: MIT */
#include "initramfs/common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Until size bytes or the end. Returns the bytes read or negative errno. */
static ssize_t read_full(int fd, void *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, (char *)buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int file_read(const char *path, void *buf, size_t size, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t len, more = 0;
	char spare;

	if (fd < 0)
		return -errno;
	len = read_full(fd, buf, size);
	if (len == (ssize_t)size) /* one more byte tells "exactly size" from "more" */
		more = read_full(fd, &spare, 1);
	(void)close(fd);
	if (len < 0)
		return (int)len;
	if (more != 0)
		return more < 0 ? (int)more : -EFBIG;
	*ret_len = (size_t)len;
	return 0;
}

int file_read_text(const char *path, char *buf, size_t size)
{
	size_t len;
	int r = file_read(path, buf, size - 1, &len);

	if (r < 0)
		return r;
	while (len > 0 && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return 0;
}

int file_write_text(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(value);
	ssize_t n;
	int r = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, value, len);
	if (n < 0)
		r = -errno;
	else if ((size_t)n != len)
		r = -EIO;
	(void)close(fd);
	return r;
}
