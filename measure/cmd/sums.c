/* SPDX-License-Identifier: MIT */
#include "sums.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX_LEN 64

static bool is_path(const char *path)
{
	const char *part = path;

	for (;;) {
		size_t len = strcspn(part, "/");

		if (len == 0 || (len <= 2 && !memcmp(part, "..", len)))
			return false;
		for (size_t i = 0; i < len; i++)
			if (part[i] <= ' ' || part[i] > '~' || part[i] == '\\')
				return false;
		if (!part[len])
			return true;
		part += len + 1;
	}
}

/* One line, without its newline: 64 digits, two spaces, the path. */
static bool read_line(char *line, struct sums_file *ret)
{
	if (strlen(line) < HEX_LEN + 3 || memcmp(line + HEX_LEN, "  ", 2) != 0)
		return false;
	ret->path = line + HEX_LEN + 2;
	return digest_from_hex(HASH_SHA256, line, HEX_LEN, &ret->sha256) == 0 && is_path(ret->path);
}

static int read_lines(char *text, struct sums *sums, size_t *ret_line)
{
	char *line = text;

	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		struct sums_file *more = realloc(sums->file, (sums->n + 1) * sizeof(*more));

		if (!more)
			return -ENOMEM;
		sums->file = more;
		*ret_line = sums->n + 1;
		*end = 0;
		if (!read_line(line, &more[sums->n]))
			return -EBADMSG;
		if (sums->n > 0 && strcmp(more[sums->n - 1].path, more[sums->n].path) >= 0)
			return -EPROTO;
		sums->n++;
	}
	*ret_line = sums->n + 1;
	return *line || sums->n == 0 ? -EBADMSG : 0;
}

int sums_parse(char *text, size_t len, struct sums *ret, size_t *ret_line)
{
	struct sums sums = { 0 };
	int r;

	*ret_line = 1;
	if (strlen(text) != len)
		return -EBADMSG;
	r = read_lines(text, &sums, ret_line);
	if (r < 0) {
		sums_done(&sums);
		return r;
	}
	sums.text = text;
	*ret = sums;
	return 0;
}

void sums_done(struct sums *sums)
{
	free(sums->text);
	free(sums->file);
	*sums = (struct sums){ 0 };
}

static int by_path(const void *key, const void *file)
{
	return strcmp(key, ((const struct sums_file *)file)->path);
}

const struct sums_file *sums_find(const struct sums *sums, const char *path)
{
	return bsearch(path, sums->file, sums->n, sizeof(*sums->file), by_path);
}

bool sums_path(const char *folder, const char *path, char ret[static SUMS_PATH_MAX])
{
	int len = snprintf(ret, SUMS_PATH_MAX, "%s/%s", folder, path);

	return len > 0 && len < SUMS_PATH_MAX;
}
