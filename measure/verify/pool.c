/* SPDX-License-Identifier: MIT */
#include "measure/verify/pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/text.h"

#define PIECE 16384 /* bytes: a report that holds needs one or two */
#define ALIGN _Alignof(max_align_t)

struct pool_piece {
	struct pool_piece *before;
	max_align_t bytes[];
};

void *pool_get(struct pool *pool, size_t size)
{
	size_t whole = (size + ALIGN - 1) / ALIGN * ALIGN;
	void *p;

	if (whole < size || whole > SIZE_MAX / 2) {
		pool->failed = true;
		return NULL;
	}
	if (whole > pool->left) {
		size_t room = whole > PIECE ? whole : PIECE;
		struct pool_piece *piece = malloc(sizeof(*piece) + room);

		if (!piece) {
			pool->failed = true;
			return NULL;
		}
		piece->before = pool->pieces;
		pool->pieces = piece;
		pool->next = (char *)piece->bytes;
		pool->left = room;
	}
	p = pool->next;
	pool->next += whole;
	pool->left -= whole;
	return memset(p, 0, size);
}

const char *pool_text(struct pool *pool, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = pool_get(pool, size);

	if (!copy)
		return "";
	memcpy(copy, text, size);
	text_clean(copy);
	return copy;
}

const char *pool_print(struct pool *pool, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return pool_text(pool, text);
}

const char *pool_hex(struct pool *pool, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = pool_get(pool, 2 * len + 1);
	const uint8_t *p = bytes;

	if (!text)
		return "";
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	return text;
}

const char *pool_digest(struct pool *pool, const struct digest *digest)
{
	return pool_hex(pool, digest->bytes, hash_len(digest->alg));
}

void pool_done(struct pool *pool)
{
	while (pool->pieces) {
		struct pool_piece *piece = pool->pieces;

		pool->pieces = piece->before;
		free(piece);
	}
	*pool = (struct pool){ 0 };
}
