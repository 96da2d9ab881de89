/* SPDX-License-Identifier: MIT */
/* Small files, and payload files that are hashed before they are used. */
#ifndef INIT_FILE_H
#define INIT_FILE_H

#include <stddef.h>

#include "measure/lib/plan.h"

/*
 * The whole file into buf. Returns 0 or negative errno; -EFBIG if it is larger than size. Notes no
 * reason. ret_len is untouched on failure.
 */
int file_read(const char *path, void *buf, size_t size, size_t *ret_len);

/* The whole file as a string without its closing newlines; size includes the NUL. As file_read. */
int file_read_text(const char *path, char *buf, size_t size);

/* value in one write. As file_read. */
int file_write_text(const char *path, const char *value);

/*
 * Opens path and hashes it from start to end. Succeeds only for a regular file of root's that
 * nobody else may write, with exactly the size and the digest of want; otherwise notes the reason.
 * What is used afterwards must be this descriptor, which the caller closes.
 */
int file_open_verified(const char *path, const struct plan_file *want, int *ret_fd);

/* The same without the digest, for who hashes the bytes himself, and then the rest of it. */
int file_open_owned(const char *path, const struct plan_file *want, int *ret_fd);
int file_check_digest(const char *path, const struct plan_file *want, const struct digest *got);

/* What the kernel thinks new programs could have (MemAvailable); 0 if it does not tell. */
uint64_t memory_available_kib(void);

#endif
