/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a JSON value that are signed in TUF metadata: canonical JSON as OLPC defined it, keys
 * sorted by their code points, no space, in strings only '"' and '\' escaped, whole numbers only.
 *
 * Source: The Update Framework Specification 1.0.33, section 4.1 "Metaformat", which refers to
 * http://wiki.laptop.org/go/Canonical_JSON.
 */
#ifndef MEASURE_VERIFY_FEED_CANONICAL_H
#define MEASURE_VERIFY_FEED_CANONICAL_H

#include <jansson.h>
#include <stddef.h>

#include "measure/rampart.h"

/*
 * free() *ret_text, which is not closed by a NUL. The depth of the value is its reader's to bound.
 * -EPROTO: a number that is not whole, which has no such form; -ENOMEM.
 */
int canonical_json(const json_t *value, char **ret_text, size_t *ret_len,
		   struct rampart_error *error);

#endif
