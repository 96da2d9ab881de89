/* SPDX-License-Identifier: MIT */
/* The one line that a function of the library leaves behind when it fails. */
#ifndef MEASURE_RECORD_ERROR_H
#define MEASURE_RECORD_ERROR_H

#include <stdarg.h>

#include "measure/lib/span.h"
#include "measure/rampart.h"

/*
 * Writes the line, cut to what fits and cleaned (text.h). error may be NULL.
 * Returns code, for `return error_set(error, -EPROTO, ...)`.
 */
int error_set(struct rampart_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "path:line: ...", or "path: ..." if line is 0, of a text that people write. */
int error_at(struct rampart_error *error, int code, const char *path, unsigned line,
	     const char *format, va_list args) __attribute__((format(printf, 5, 0)));

/* "name: at byte N: what", or what the code means if diag (may be NULL) says nothing. */
int error_parse(struct rampart_error *error, int code, const char *name, const struct diag *diag);

int error_memory(struct rampart_error *error); /* -ENOMEM */

#endif
