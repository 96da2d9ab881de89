/* SPDX-License-Identifier: MIT */
/* Lines of text files as people's tools write and read them. */
#ifndef MEASURE_RECORD_LINES_H
#define MEASURE_RECORD_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/lib/span.h"

/*
 * Cuts the next line off text, without its end: a newline with any carriage returns before it, or
 * the end of the text. False if nothing is left; ret_line is untouched then.
 */
bool lines_next(struct span *text, struct span *ret_line);

/* Drops the byte order mark that some editors put before text (U+FEFF in UTF-8). */
void lines_skip_bom(struct span *text);

/* Space, tab, carriage return, newline. */
bool lines_is_blank(uint8_t c);

/* s without blanks at its ends. */
struct span lines_trim(struct span s);

#endif
