/* SPDX-License-Identifier: MIT */
/* Small files, mostly the kernel's. */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>

/*
 * The whole file into buf. Returns 0 or negative errno; -EFBIG if it is larger than size. Notes no
 * reason. ret_len is untouched on failure.
 */
int file_read(const char *path, void *buf, size_t size, size_t *ret_len);

/* The whole file as a string without its closing newlines; size includes the NUL. As file_read. */
int file_read_text(const char *path, char *buf, size_t size);

/* value in one write. As file_read. */
int file_write_text(const char *path, const char *value);

#endif
