/* SPDX-License-Identifier: MIT */
/*
 * JSON that strangers wrote, read without tolerance: no key twice, no key that nobody knows, no
 * nesting deeper than the format has. Source: RFC 8259. This one, by jansson, is for what people
 * keep in files; evidence and runtime logs are read by jsonwire.h.
 */
#ifndef MEASURE_RECORD_JSONREAD_H
#define MEASURE_RECORD_JSONREAD_H

#include <jansson.h>
#include <stddef.h>

#include "measure/rampart.h"

/*
 * Reads a text whose objects and lists are nested at most max_depth deep, which is looked at before
 * the parser gets it. ret_json is a new reference. -EBADMSG with the line: not JSON, or a key given
 * twice; -EFBIG too deep.
 */
int jsonread(const char *text, size_t len, size_t max_depth, json_t **ret_json,
	     struct rampart_error *error);

/*
 * That json is an object with keys of this list only (NULL ends it), of which the first n_needed
 * must be there. name ("" for the whole text) is where it stands. -EPROTO names the key.
 */
int jsonread_keys(const json_t *json, const char *name, const char *const *keys, size_t n_needed,
		  struct rampart_error *error);

#endif
