/* SPDX-License-Identifier: MIT */
/* yyjson, of whose names none leaves the library: jsonwire.h is what reads JSON with it. */
#ifndef MEASURE_RECORD_JSONPARSE_H
#define MEASURE_RECORD_JSONPARSE_H

#include <stddef.h>
#include <yyjson.h>

/*
 * yyjson_read_opts() of a text that stays as it is, with numbers of more than 64 bits raw. NULL, and
 * ret_error says why and where.
 */
yyjson_doc *jsonparse(const char *text, size_t len, yyjson_read_err *ret_error);

/* The value as JSON on one line, for free(); NULL if memory ran out. */
char *jsonparse_print(yyjson_val *value);

#endif
