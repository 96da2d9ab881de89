/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "cmd.h"
#include "sums.h"

#define TEXT_MAX (1 << 20) /* bytes of the list; some thirty files take 3 KB */
#define OPEN_MAX 16	   /* folders at once while looking for files */

int sums_load(const char *command, const char *folder, struct sums *ret)
{
	AUTO_FREE char *text = NULL;
	char path[SUMS_PATH_MAX];
	size_t len, line;
	int r;

	if (!sums_path(folder, SUMS_NAME, path))
		return fail(command, "%s: the path is too long", folder);
	r = read_file(path, TEXT_MAX, (uint8_t **)&text, &len);
	if (r < 0)
		return fail_parse(command, path, r, NULL);
	r = sums_parse(text, len, ret, &line);
	if (r == 0)
		text = NULL; /* it is ret's now */
	if (r == -EBADMSG)
		return fail(command, "%s:%zu: not a line of sha256sum", path, line);
	if (r == -EPROTO)
		return fail(command, "%s:%zu: not in order", path, line);
	return r < 0 ? fail(command, "out of memory") : 0;
}

static int check_file(const char *command, const char *folder, const struct sums_file *file)
{
	char path[SUMS_PATH_MAX];
	const uint8_t *bytes = NULL;
	struct digest got;
	size_t len;
	int r;

	if (!sums_path(folder, file->path, path))
		return fail(command, "%s: the path is too long", folder);
	r = map_file(path, &bytes, &len);
	if (r < 0) {
		printf("unreadable %s: %s\n", file->path, strerror(-r));
		return EXIT_DIFFERS;
	}
	hash_bytes(HASH_SHA256, bytes, len, &got);
	if (len > 0)
		(void)munmap((void *)(uintptr_t)bytes, len);
	if (digest_equal(&got, &file->sha256))
		return EXIT_HOLDS;
	printf("damaged    %s: its sha256 is not the one in " SUMS_NAME "\n", file->path);
	return EXIT_DIFFERS;
}

/* nftw() hands nothing through. */
static struct {
	const struct sums *sums;
	size_t skip; /* bytes of the folder's own path, and its slash */
	bool found;
} unlisted;

static bool has_ending(const char *path, const char *ending)
{
	size_t len = strlen(path), n = strlen(ending);

	return len > n && !strcmp(path + len - n, ending);
}

static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name;

	(void)st;
	(void)ftw;
	if (type == FTW_D)
		return 0;
	name = path + unlisted.skip;
	if (!strcmp(name, SUMS_NAME) || has_ending(name, ".sig") || has_ending(name, ".minisig") ||
	    sums_find(unlisted.sums, name))
		return 0;
	printf("unlisted   %s: not in " SUMS_NAME "\n", name);
	unlisted.found = true;
	return 0;
}

int sums_check(const char *command, const char *folder, const struct sums *sums)
{
	int code = EXIT_HOLDS;

	for (size_t i = 0; i < sums->n; i++) {
		int r = check_file(command, folder, &sums->file[i]);

		if (r > code)
			code = r;
	}
	unlisted.sums = sums;
	unlisted.skip = strlen(folder) + 1;
	unlisted.found = false;
	if (nftw(folder, look_at, OPEN_MAX, FTW_PHYS) != 0)
		return fail(command, "%s: cannot list it", folder);
	return code == EXIT_HOLDS && unlisted.found ? EXIT_DIFFERS : code;
}
