/* SPDX-License-Identifier: MIT */
/* What both readers of JSON ask of a text besides their parsers. */
#ifndef MEASURE_RECORD_JSONTEXT_H
#define MEASURE_RECORD_JSONTEXT_H

#include <stddef.h>

/*
 * The line, from 1, in which objects and lists get nested deeper than max_depth; 0: they do not.
 * Takes any bytes: of those that are not JSON it tells what a parser would come to, or less.
 */
size_t jsontext_too_deep(const char *text, size_t len, size_t max_depth);

/* The line, from 1, of the byte at off, or of the end. */
size_t jsontext_line(const char *text, size_t off);

#endif
