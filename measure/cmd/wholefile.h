/* SPDX-License-Identifier: MIT */
/*
 * Files of a folder that is open, or of AT_FDCWD, each read and written whole. In a folder no link is followed:
 * -ELOOP.
 */
#ifndef MEASURE_CMD_WHOLEFILE_H
#define MEASURE_CMD_WHOLEFILE_H

#include <stddef.h>
#include <sys/stat.h>

/*
 * A file of at most max bytes, with a NUL behind it; free() it. -ENOENT, -EFBIG and others; outputs
 * untouched then.
 */
int wholefile_read(int fd, const char *file, size_t max, char **ret_text, size_t *ret_len);

/*
 * The file becomes these bytes, at once and for good: it is written as FILE.new, which then takes its
 * name. The caller sees to it that nobody else writes it. 0 or negative errno; the file is as before then, and there is
 * no FILE.new.
 */
int wholefile_write(int fd, const char *file, const void *bytes, size_t len, mode_t mode);

#endif
