/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/logged.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/statedir.h"
#include "measure/cmd/wholefile.h"

#define SEEN_MAX (1 << 20) /* bytes; the library writes fewer */
#define ENDING	 ".tlog-proof"

/* What was kept; nothing, if this is the first time. */
static int read_seen(const char *command, int dir, const char *id, struct rampart_policy *policy)
{
	AUTO_FREE char *text = NULL;
	struct rampart_error error;
	size_t len;
	int r = wholefile_read(dir, id, SEEN_MAX, &text, &len);

	if (r < 0)
		return r == -ENOENT ? 0 : fail(command, "logs/%s: %s", id, strerror(-r));
	if (rampart_policy_log_seen(policy, text, len, &error) < 0)
		return fail(
			command,
			"logs/%s below the state folder: %s; it says what was seen of a log, so "
			"look what changed it before you remove it",
			id, error.text);
	return 0;
}

int logged_begin(const char *command, struct rampart_policy *policy, int *ret_fd)
{
	struct rampart_error error;
	char id[65];
	int fd = -1, r = 0;

	*ret_fd = -1;
	if (rampart_policy_log(policy, id)) {
		if (statedir_open("logs", &fd, NULL, &error) < 0)
			return fail(command, "%s", error.text);
		r = read_seen(command, fd, id, policy);
		if (r)
			close(fd);
	}
	*ret_fd = r ? -1 : fd;
	return r;
}

int logged_end(const char *command, const struct rampart_policy *policy, int fd, int r)
{
	AUTO_FREE char *text = NULL;
	struct rampart_error error;
	char id[65];

	if (fd < 0)
		return r;
	if (r == 0 && rampart_policy_log_news(policy, &text, &error) < 0)
		r = fail(command, "%s", error.text);
	if (r == 0 && text && rampart_policy_log(policy, id)) {
		int w = wholefile_write(fd, id, text, strlen(text), 0600);

		if (w < 0)
			r = fail(command, "logs/%s below the state folder: %s", id, strerror(-w));
	}
	close(fd);
	return r;
}

int logged_find(const char *command, const struct rampart_policy *policy, const char *path,
		struct signatures *proof)
{
	AUTO_FREE char *name = NULL;
	char id[65];

	if (!rampart_policy_log(policy, id) || !strcmp(path, "-"))
		return 0;
	if (asprintf(&name, "%s" ENDING, path) < 0) {
		name = NULL;
		return fail(command, "out of memory");
	}
	return access(name, F_OK) < 0 ? 0 : signatures_add(command, name, proof);
}

bool logged_is_of(const char *name, const char *file)
{
	size_t len = strlen(file);

	return !strncmp(name, file, len) && !strcmp(name + len, ENDING);
}
