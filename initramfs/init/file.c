/* SPDX-License-Identifier: MIT */
#include "initramfs/init/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/init/fail.h"

#define CHUNK 131072 /* bytes hashed at a time: fits the processor's second cache */

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

static int hash_fd(int fd, struct digest *ret_digest, uint64_t *ret_size)
{
	static char chunk[CHUNK];
	struct hash_ctx ctx;
	uint64_t size = 0;

	hash_init(&ctx, HASH_SHA256);
	for (;;) {
		ssize_t n = read_full(fd, chunk, sizeof(chunk));

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		hash_update(&ctx, chunk, (size_t)n);
		size += (uint64_t)n;
	}
	hash_final(&ctx, ret_digest);
	*ret_size = size;
	return 0;
}

/* What could change a file between its hash and its use. */
static int check_owner(int fd, const char *path, uint64_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return because(-errno, "%s: cannot stat: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) || st.st_nlink != 1)
		return because(-EPROTO, "%s: not a plain file that only root can write", path);
	if ((uint64_t)st.st_size != size)
		return because(-EPROTO,
			       "%s: size differs: the plan says %" PRIu64 ", the file has %" PRIu64,
			       path, size, (uint64_t)st.st_size);
	return 0;
}

int file_check_digest(const char *path, const struct plan_file *want, const struct digest *got)
{
	struct plan_file have = { .digest = *got, .fsverity = want->fsverity };
	char want_text[PLAN_DIGEST_MAX], got_text[PLAN_DIGEST_MAX];

	if (digest_equal(got, &want->digest))
		return 0;
	plan_digest_text(want, want_text);
	plan_digest_text(&have, got_text);
	return because(-EPROTO, "%s: digest differs: the plan says %s, the file has %s", path,
		       want_text, got_text);
}

int file_open_owned(const char *path, const struct plan_file *want, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	int r;

	if (fd < 0 && errno == ENOENT)
		return because(-ENOENT, "%s: the plan names this file, but it is missing", path);
	if (fd < 0)
		return because(-errno, "%s: cannot open: %s", path, strerror(errno));
	r = check_owner(fd, path, want->size);
	if (r < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return r;
}

int file_open_verified(const char *path, const struct plan_file *want, int *ret_fd)
{
	struct digest got;
	uint64_t size = 0;
	int fd, r = file_open_owned(path, want, &fd);

	if (r < 0)
		return r;
	r = hash_fd(fd, &got, &size);
	if (r < 0)
		(void)because(r, "%s: cannot read: %s", path, strerror(-r));
	else if (size != want->size)
		r = because(-EPROTO, "%s: changed while it was read", path);
	else
		r = file_check_digest(path, want, &got);
	if (r < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return r;
}

uint64_t memory_available_kib(void)
{
	static const char key[] = "MemAvailable:";
	char text[4096];
	const char *hit = NULL;

	if (file_read_text("/proc/meminfo", text, sizeof(text)) == 0)
		hit = strstr(text, key);
	return hit ? strtoull(hit + sizeof(key) - 1, NULL, 10) : 0;
}
