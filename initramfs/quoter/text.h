/* SPDX-License-Identifier: MIT */
/* A bounded text in the making: what a message to the gateway says. */
#ifndef QUOTER_TEXT_H
#define QUOTER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "initramfs/common/quoting.h"

struct text {
	char buf[QUOTING_MAX - 1]; /* not closed by a NUL; a message has another byte before it */
	size_t len;
	bool full; /* something did not fit, and nothing is added any more */
};

void text_clear(struct text *text);
void text_put(struct text *text, const char *string);
void text_base64(struct text *text, const void *bytes, size_t len);

/* 0, or -ENOSPC with the reason noted if anything did not fit. */
int text_end(const struct text *text);

#endif
