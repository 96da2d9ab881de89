/* SPDX-License-Identifier: MIT */
/*
 * yyjson becomes a part of this file: a program that links librampart may have one of its own, and
 * our sanitizers and fuzzers see all of it.
 */
#define yyjson_api		    static __attribute__((unused))
#define YYJSON_DISABLE_NON_STANDARD 1
#include "measure/record/jsonparse.h"

#include <stdint.h>
#include <yyjson.c>

yyjson_doc *jsonparse(const char *text, size_t len, yyjson_read_err *ret_error)
{
	/* Not const, since with YYJSON_READ_INSITU it would write there. */
	return yyjson_read_opts((char *)(uintptr_t)text, len, YYJSON_READ_BIGNUM_AS_RAW, NULL,
				ret_error);
}

char *jsonparse_print(yyjson_val *value)
{
	return yyjson_val_write(value, YYJSON_WRITE_NOFLAG, NULL);
}
