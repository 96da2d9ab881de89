/* SPDX-License-Identifier: MIT */
/* Bytes put together by hand, for tests of parsers. */
#ifndef TESTS_BYTES_H
#define TESTS_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed; free() it. */
static inline void *alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

struct bytes {
	uint8_t p[65536];
	size_t len;
};

static inline void put(struct bytes *b, const void *p, size_t len)
{
	if (len > sizeof(b->p) - b->len)
		abort();
	memcpy(b->p + b->len, p, len);
	b->len += len;
}

/* An integer of len bytes, little-endian. */
static inline void put_le(struct bytes *b, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)(v >> (8 * i));

		put(b, &c, 1);
	}
}

static inline void set_le(uint8_t *p, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline void put_fill(struct bytes *b, uint8_t c, size_t len)
{
	while (len-- > 0)
		put(b, &c, 1);
}

/*
 * A copy of exactly len bytes on the heap, so that the sanitizer sees a read of one more. free()
 * it.
 */
static inline uint8_t *exact_copy(const void *p, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

/* A file of the tree or of VECTORS; NULL if it is not there. */
static inline uint8_t *slurp(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *buf = malloc(1 << 20);

	if (file && buf) {
		*ret_len = fread(buf, 1, 1 << 20, file);
		fclose(file);
		return buf;
	}
	free(buf);
	return NULL;
}

#endif
