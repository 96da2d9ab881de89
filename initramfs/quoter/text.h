/* SPDX-License-Identifier: MIT */
/* A bounded text in the making: the parts of a message to the gateway. */
#ifndef QUOTER_TEXT_H
#define QUOTER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quoting.h"

struct text {
	char buf[QUOTING_MAX];
	size_t len;
	bool full; /* something did not fit; nothing more is written */
};

void text_clear(struct text *text);
void text_put(struct text *text, const char *string);
void text_base64(struct text *text, const void *bytes, size_t len);

#endif
