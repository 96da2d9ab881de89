/* SPDX-License-Identifier: MIT */
/*
 * The list of the files in a container's image that scripts/image/import.sh writes, and where a
 * path leads in it. One file a line; in paths and targets a backslash and three octal digits are a
 * byte that would not stand for itself:
 *
 *     container/PATH MODE SIZE SHA256
 *     container/PATH MODE - dir
 *     container/PATH MODE - -> TARGET
 */
#ifndef MEASURE_CMD_PLAN_IMAGEFILES_H
#define MEASURE_CMD_PLAN_IMAGEFILES_H

#include <stdint.h>

#include "measure/rampart.h"

#define IMAGEFILES_PATH_MAX 4096

struct imagefile {
	const char *path;   /* without a slash at its start */
	const char *target; /* of a symbolic link; else NULL */
	unsigned mode;
	bool folder;
	uint64_t size;
};

struct imagefiles {
	char *text;
	struct imagefile *v; /* sorted by path */
	size_t n;
};

/*
 * Reads the list at path. 0, or negative errno with one line in error: "path:line: what is wrong".
 * Call imagefiles_done() in either case.
 */
int imagefiles_read(const char *path, struct imagefiles *ret_files, struct rampart_error *error);
void imagefiles_done(struct imagefiles *files);

/*
 * The file or folder that an absolute path leads to, symbolic links followed as in the container,
 * whose root is the image's. NULL: there is none; *ret_why says it in the words of strerror(3).
 * The root itself has the path "".
 */
const struct imagefile *imagefiles_find(const struct imagefiles *files, const char *path,
					const char **ret_why);

/*
 * The plain form of an absolute path: one slash between names, none at the end, "." gone, ".." and
 * the name before it gone, whatever that is. ret_path has IMAGEFILES_PATH_MAX bytes; -ENAMETOOLONG
 * if that is too little.
 */
int imagefiles_clean(const char *path, char *ret_path);

#endif
