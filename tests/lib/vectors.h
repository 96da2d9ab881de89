/* SPDX-License-Identifier: MIT */
/*
 * Test data of real machines, which is not in the tree: the folder VECTORS, or /mnt/vectors, where
 * the toolbox shows it, or ../shared/vectors. What the folder has of a kind is written in its
 * README; a test that names a file wants it there, and is skipped only where there is no folder.
 */
#ifndef TESTS_LIB_VECTORS_H
#define TESTS_LIB_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_VECTORS "no folder of vectors (VECTORS=)" /* why a test is skipped */

bool vectors_found(void);

/* A file below it, which must be there, its first MiB; free() it. */
uint8_t *vectors_load(const char *name, size_t *ret_len);

#endif
