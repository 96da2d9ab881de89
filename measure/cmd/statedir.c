/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/record/error.h"

/* The folder and those above it. */
static int make(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* -ENOENT: there is no place for it. */
static int path_of(const char *name, char **ret_path)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	bool is_state = state && state[0] == '/';

	if (!is_state && (!home || home[0] != '/'))
		return -ENOENT;
	if (asprintf(ret_path, "%s%s/rampart/%s", is_state ? state : home,
		     is_state ? "" : "/.local/state", name) < 0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	return 0;
}

bool statedir_has(const char *name)
{
	AUTO_FREE char *path = NULL;

	return path_of(name, &path) == 0 && access(path, F_OK) == 0;
}

int statedir_open(const char *name, int *ret_fd, char **ret_path, struct rampart_error *error)
{
	AUTO_FREE char *path = NULL;
	int fd, r = path_of(name, &path);

	if (r == -ENOENT)
		return error_set(
			error, -ENOENT,
			"no folder for what is to be kept: set XDG_STATE_HOME or HOME to one");
	if (r < 0)
		return error_memory(error);
	r = make(path);
	fd = r < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		r = r < 0 ? r : -errno;
		if (fd >= 0)
			close(fd);
		return error_set(error, r, "%s: %s", path, strerror(-r));
	}
	*ret_fd = fd;
	if (ret_path) {
		*ret_path = path;
		path = NULL;
	}
	return 0;
}
