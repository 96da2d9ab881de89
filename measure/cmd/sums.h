/* SPDX-License-Identifier: MIT */
/* The list sha256sums of a release, as sha256sum(1) writes it: one line a file, sorted by path. */
#ifndef MEASURE_CMD_SUMS_H
#define MEASURE_CMD_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/hash.h"

#define SUMS_NAME "sha256sums"

struct sums_file {
	const char *path; /* below the folder; borrowed from text */
	struct digest sha256;
};

struct sums {
	char *text; /* owned */
	struct sums_file *file;
	size_t n;
};

/*
 * Reads the len bytes at text, after which there is a NUL, and which belong to ret then. Paths are
 * relative, of printable characters but space and backslash, without "", "." or ".." as a part, and
 * in ascending order of their bytes. 0; -EBADMSG: ret_line, from 1, is not a line of sha256sum, or
 * cut short; -EPROTO: it is not in order; -ENOMEM. ret is untouched on failure.
 */
int sums_parse(char *text, size_t len, struct sums *ret, size_t *ret_line);
void sums_done(struct sums *sums);

/* NULL if the list has no such path. */
const struct sums_file *sums_find(const struct sums *sums, const char *path);

/*
 * Reads folder/sha256sums. 0, or EXIT_UNSURE after an error line; ret is untouched then.
 */
int sums_load(const char *command, const char *folder, struct sums *ret);

/*
 * That the folder has exactly these files, with these digests, besides sha256sums itself and
 * signatures (*.sig,
 * *.minisig). EXIT_HOLDS; EXIT_DIFFERS after a line on standard output for each file that is not
 * so; EXIT_UNSURE after an error line.
 */
int sums_check(const char *command, const char *folder, const struct sums *sums);

/* "folder/path" in ret; false if it does not fit. */
#define SUMS_PATH_MAX 4096
bool sums_path(const char *folder, const char *path, char ret[static SUMS_PATH_MAX]);

#endif
