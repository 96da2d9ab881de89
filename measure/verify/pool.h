/* SPDX-License-Identifier: MIT */
/* Memory that is given back all at once, for the many small texts of a report. */
#ifndef MEASURE_VERIFY_POOL_H
#define MEASURE_VERIFY_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/hash.h"

struct pool_piece;

/* All zero is an empty one. */
struct pool {
	struct pool_piece *pieces;
	char *next;
	size_t left;
	bool failed; /* memory ran out at least once; whoever hands the contents out looks here */
};

/* size bytes, zeroed, aligned for any type; NULL if memory ran out. */
void *pool_get(struct pool *pool, size_t size);

/* A text, cleaned (text.h); "" if memory ran out. */
const char *pool_text(struct pool *pool, const char *text);
const char *pool_print(struct pool *pool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *pool_hex(struct pool *pool, const void *bytes, size_t len);
const char *pool_digest(struct pool *pool, const struct digest *digest);

void pool_done(struct pool *pool);

#endif
