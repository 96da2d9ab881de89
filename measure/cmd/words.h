/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CMD_WORDS_H
#define MEASURE_CMD_WORDS_H

#include <stddef.h>

/* A list that owns its strings. */
struct words {
	char **v; /* NULL-terminated once it has a string */
	size_t n;
};

int words_add(struct words *words, const char *s, size_t len); /* copies; 0 or -ENOMEM */
void words_done(struct words *words);

#endif
