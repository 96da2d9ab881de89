/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/prooflog.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/instant.h"

static int open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	return fd < 0 ? -errno : fd;
}

int prooflog_check(const char *path)
{
	int fd = open_log(path);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* With its newline; NULL if memory ran out. free() it. */
static char *write_line(const struct prooflog_line *l)
{
	const struct rampart_report *report = l->report;
	const struct rampart_golden *golden = report ? report->golden : NULL;
	char time[INSTANT_MAX], *text, *line = NULL;
	json_t *json;
	size_t len;

	instant_print(l->time, time);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?}", "time", time,
			 "machine", l->machine, "address", l->address, "verdict", l->verdict,
			 "reason", l->reason, "identity", l->identity, "ak",
			 report ? report->ak : NULL, "golden", golden ? golden->name : NULL,
			 "image", golden ? golden->image : NULL, "version",
			 golden ? golden->version : NULL);
	text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(json);
	len = text ? strlen(text) : 0;
	if (text)
		line = realloc(text, len + 2);
	if (line)
		memcpy(line + len, "\n", 2);
	else
		free(text);
	return line;
}

int prooflog_add(const char *path, const struct prooflog_line *l)
{
	char *line = write_line(l);
	ssize_t len = line ? (ssize_t)strlen(line) : 0;
	int fd = line ? open_log(path) : -ENOMEM, r = fd < 0 ? fd : 0;

	if (fd >= 0) {
		ssize_t n = write(fd, line, (size_t)len);

		r = n == len ? 0 : n < 0 ? -errno : -EIO;
		close(fd);
	}
	free(line);
	return r;
}
