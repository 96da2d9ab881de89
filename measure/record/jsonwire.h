/* SPDX-License-Identifier: MIT */
/*
 * JSON that machines send, evidence and the records of the runtime log: as jsonread.h, and judged
 * alike, but by yyjson, since a verifier reads thousands of them a second. What people keep in files
 * (golden values, policies) is jsonread.h's: each kind of document has one reader. Of <yyjson.h>
 * only the inline functions are there, and what jsonparse.h has.
 */
#ifndef MEASURE_RECORD_JSONWIRE_H
#define MEASURE_RECORD_JSONWIRE_H

#include <stddef.h>
#include <yyjson.h>

#include "measure/rampart.h"

#define JSONWIRE_KEYS_MAX 64 /* of one object, all of which are compared; no format has a third */

/*
 * Reads a text that is one object or list, nested at most max_depth deep. ret_doc is for
 * yyjson_doc_free(). In it are no NUL and no byte that is not UTF-8, no key is twice in an object,
 * and a number beyond 64 bits is raw: none of is_int(), is_uint() and so on. -EBADMSG with the line:
 * not JSON, or not that; -EFBIG too deep, or too many keys; -ENOMEM.
 */
int jsonwire(const char *text, size_t len, size_t max_depth, yyjson_doc **ret_doc,
	     struct rampart_error *error);

/* As jsonread_keys(). json may be NULL: it is missing. */
int jsonwire_keys(yyjson_val *json, const char *name, const char *const *keys, size_t n_needed,
		  struct rampart_error *error);

#endif
