/* SPDX-License-Identifier: MIT */
/*
 * Bytes put together by hand, for tests of parsers. What cannot be had (memory, room in a struct
 * bytes) ends the program.
 */
#ifndef TESTS_LIB_BYTES_H
#define TESTS_LIB_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/span.h"

/* Large; on the stack only in main(). Empty is len = 0. */
struct bytes {
	uint8_t p[65536];
	size_t len;
};

/* Each adds behind what is there: len bytes, an integer of len bytes little-endian, c len times. */
void put(struct bytes *b, const void *p, size_t len);
void put_le(struct bytes *b, uint64_t v, size_t len);
void put_fill(struct bytes *b, uint8_t c, size_t len);

/* An integer of len bytes, little-endian, over what is at p. */
void set_le(uint8_t *p, uint64_t v, size_t len);

/* size bytes, zeroed; free() it. */
void *alloc(size_t size);

/*
 * Copies without a byte behind them, so that the sanitizers see a step too far. free() the first;
 * copy_drop() the second.
 */
uint8_t *exact_copy(const void *p, size_t len);
struct span copy_of(const char *text, size_t len);
void copy_drop(struct span s);

bool is_text(struct span s, const char *text);

/* A file of the tree or of VECTORS, its first MiB; free() it. NULL if it is not there. */
uint8_t *slurp(const char *path, size_t *ret_len);

#endif
