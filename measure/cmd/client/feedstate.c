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
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/statedir.h"
#include "measure/cmd/wholefile.h"
#include "measure/lib/hash.h"
#include "measure/record/error.h"

#define FOLDER	     "feeds/"
#define PART	     ".new" /* what wholefile_write() did not end */

#define NAME_MAX_LEN (sizeof(FOLDER) + HASH_HEX_MAX)

static void print_name(const void *root, size_t len, char ret_name[static NAME_MAX_LEN])
{
	struct digest digest;

	strcpy(ret_name, FOLDER);
	hash_bytes(HASH_SHA256, root, len, &digest);
	digest_hex(&digest, ret_name + strlen(FOLDER));
}

int feedstate_open(const void *root, size_t len, struct feedstate *ret, struct rampart_error *error)
{
	char name[NAME_MAX_LEN];

	*ret = (struct feedstate){ .fd = -1 };
	print_name(root, len, name);
	return statedir_open(name, &ret->fd, &ret->path, error);
}

bool feedstate_is_known(const void *root, size_t len)
{
	char name[NAME_MAX_LEN + sizeof("/" FEEDSTATE_RELEASES)];

	print_name(root, len, name);
	strcat(name, "/" FEEDSTATE_RELEASES);
	return statedir_has(name);
}

bool feedstate_has_others(const struct feedstate *state)
{
	AUTO_FREE char *above = NULL;
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if (asprintf(&above, "%s/..", state->path) < 0) {
		above = NULL;
		return false;
	}
	dir = opendir(above);
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return n > 1;
}

void feedstate_close(struct feedstate *state)
{
	if (state->fd >= 0)
		close(state->fd);
	free(state->path);
	*state = (struct feedstate){ .fd = -1 };
}

int feedstate_read(const struct feedstate *state, const char *name, size_t max, char **ret_text,
		   size_t *ret_len)
{
	return wholefile_read(state->fd, name, max, ret_text, ret_len);
}

/* Nothing new: then nothing has to wait for a disk. */
static bool is_kept(const struct feedstate *state, const char *name, const void *bytes, size_t len)
{
	AUTO_FREE char *kept = NULL;
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
	r = wholefile_write(state->fd, name, bytes, len, 0600);
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
		size_t hex = strspn(name, "0123456789abcdef"), len = strlen(name);
		bool is_part = len > strlen(PART) && !strcmp(name + len - strlen(PART), PART);

		if ((hex == len && !is_named(names, name)) || is_part)
			(void)unlinkat(state->fd, name, 0);
	}
	if (dir)
		(void)closedir(dir);
}
