/* SPDX-License-Identifier: MIT */
#include "initramfs/init/planfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/common/reason.h"

#define CHUNK 131072 /* bytes hashed at a time: fits the processor's second cache */

static int hash_fd(int fd, struct digest *ret_digest, uint64_t *ret_size)
{
	static char chunk[CHUNK];
	struct hash_ctx ctx;
	uint64_t size = 0;

	hash_init(&ctx, HASH_SHA256);
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
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

int planfile_check_digest(const char *path, const struct plan_file *want, const struct digest *got)
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

int planfile_open_owned(const char *path, const struct plan_file *want, int *ret_fd)
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

int planfile_open_verified(const char *path, const struct plan_file *want, int *ret_fd)
{
	struct digest got;
	uint64_t size = 0;
	int fd, r = planfile_open_owned(path, want, &fd);

	if (r < 0)
		return r;
	r = hash_fd(fd, &got, &size);
	if (r < 0)
		(void)because(r, "%s: cannot read: %s", path, strerror(-r));
	else if (size != want->size)
		r = because(-EPROTO, "%s: changed while it was read", path);
	else
		r = planfile_check_digest(path, want, &got);
	if (r < 0)
		(void)close(fd);
	else
		*ret_fd = fd;
	return r;
}
