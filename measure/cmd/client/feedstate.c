/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/client/feedstate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/hash.h"
#include "measure/record/error.h"

#define PART ".part" /* one writer at a time: the folder is locked */

static int folder_path(const void *root, size_t len, char **ret)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char hex[HASH_HEX_MAX];
	struct digest digest;
	int n;

	hash_bytes(HASH_SHA256, root, len, &digest);
	digest_hex(&digest, hex);
	if (state && state[0] == '/') /* the XDG Base Directory Specification: else ignored */
		n = asprintf(ret, "%s/rampart/feeds/%s", state, hex);
	else if (home && home[0] == '/')
		n = asprintf(ret, "%s/.local/state/rampart/feeds/%s", home, hex);
	else
		return -ENOENT;
	return n < 0 ? -ENOMEM : 0;
}

/* With those above it. */
static int make_folders(char *path)
{
	for (char *c = path + 1;; c++) {
		char was = *c;

		if (was != '/' && was != '\0')
			continue;
		*c = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno; /* path says which */
		*c = was;
		if (!was)
			return 0;
	}
}

int feedstate_open(const void *root, size_t len, struct feedstate *ret, struct rampart_error *error)
{
	int r;

	*ret = (struct feedstate){ .fd = -1 };
	r = folder_path(root, len, &ret->path);
	if (r < 0)
		return error_set(
			error, r,
			"no place to remember the feed: set XDG_STATE_HOME or HOME to a folder");
	r = make_folders(ret->path);
	if (r == 0) {
		ret->fd = open(ret->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = ret->fd < 0 ? -errno : 0;
	}
	while (r == 0 && flock(ret->fd, LOCK_EX) < 0)
		r = errno == EINTR ? 0 : -errno;
	return r < 0 ? error_set(error, r,
				 "%s: cannot remember the feed: %s; set XDG_STATE_HOME to a folder",
				 ret->path, strerror(-r))
		     : 0;
}

void feedstate_close(struct feedstate *state)
{
	if (state->fd >= 0)
		close(state->fd);
	free(state->path);
	*state = (struct feedstate){ .fd = -1 };
}

int feedstate_read(const struct feedstate *state, const char *name, size_t max, uint8_t **ret_bytes,
		   size_t *ret_len)
{
	AUTO_FREE char *path = NULL;

	if (asprintf(&path, "%s/%s", state->path, name) < 0)
		return -ENOMEM;
	return read_file(path, max, ret_bytes, ret_len);
}

static int write_part(const struct feedstate *state, const char *bytes, size_t len)
{
	int fd = openat(state->fd, PART, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), r = 0;

	if (fd < 0)
		return -errno;
	while (len > 0 && r == 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		bytes += n;
		len -= (size_t)n;
	}
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

/* Nothing new: then nothing has to wait for a disk. */
static bool is_kept(const struct feedstate *state, const char *name, const void *bytes, size_t len)
{
	AUTO_FREE uint8_t *kept = NULL;
	size_t n;

	return feedstate_read(state, name, len, &kept, &n) == 0 && n == len &&
	       memcmp(kept, bytes, len) == 0;
}

int feedstate_write(const struct feedstate *state, const char *name, const void *bytes, size_t len,
		    struct rampart_error *error)
{
	int r;

	if (is_kept(state, name, bytes, len))
		return 0;
	r = write_part(state, bytes, len);
	if (r == 0 && renameat(state->fd, PART, state->fd, name) < 0)
		r = -errno;
	if (r == 0 && fsync(state->fd) < 0)
		r = -errno;
	return r < 0 ? error_set(error, r, "%s/%s: %s", state->path, name, strerror(-r)) : 0;
}

int feedstate_remove(const struct feedstate *state, const char *name, struct rampart_error *error)
{
	if (unlinkat(state->fd, name, 0) == 0 || errno == ENOENT)
		return fsync(state->fd) < 0 ? -errno : 0;
	return error_set(error, -errno, "%s/%s: %s", state->path, name, strerror(errno));
}

/* A line of names is this name. */
static bool is_named(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (; *names; names += strcspn(names, "\n") + 1)
		if (!strncmp(names, name, len) && names[len] == '\n')
			return true;
	return false;
}

void feedstate_clean(const struct feedstate *state, const char *names)
{
	DIR *dir = opendir(state->path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		bool is_copy = strspn(name, "0123456789abcdef") == strlen(name);

		if ((is_copy && !is_named(names, name)) || !strcmp(name, PART))
			(void)unlinkat(state->fd, name, 0);
	}
	if (dir)
		(void)closedir(dir);
}
