/* SPDX-License-Identifier: MIT */
/*
 * The runtime log of init: CEL-JSON, one record a line (TCG Canonical Event Log Format,
 * version 1.0, "JSON encoding"); lib/event.h has the form. Records of another "content_type" are
 * taken too; of "rampart/1" the digests must be the hashes of the content.
 */
#ifndef MEASURE_RECORD_RUNTIME_H
#define MEASURE_RECORD_RUNTIME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"

#define RUNTIME_TYPE "rampart/1" /* "content_type" of init's own lines */

struct runtime_record {
	json_t *json; /* owned: all of it */
	unsigned pcr;
	const char *type;      /* "content_type"; borrowed from json, as content is */
	const json_t *content; /* a string, if type is RUNTIME_TYPE */
	size_t n_digests;      /* those of unknown algorithms included */
	bool has[_HASH_MAX];
	struct digest digest[_HASH_MAX];
};

/*
 * Reads a line, without its newline, that must be record number. NULL, or what is wrong (static),
 * with ret_record untouched.
 */
const char *runtime_record(const char *line, size_t len, size_t number,
			   struct runtime_record *ret_record);
void runtime_record_done(struct runtime_record *record);

#endif
