/* SPDX-License-Identifier: MIT */
/* Copies without a byte behind them, so that the sanitizers see a step too far. */
#ifndef TESTS_COPY_H
#define TESTS_COPY_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/span.h"

static inline struct span copy_of(const char *text, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	return span_of(copy, len);
}

static inline void copy_drop(struct span s)
{
	union {
		const uint8_t *p;
		void *block;
	} u = { .p = s.p };

	free(u.block);
}

static inline bool is_text(struct span s, const char *text)
{
	return s.left == strlen(text) && !memcmp(s.p, text, s.left);
}

#endif
