/* SPDX-License-Identifier: MIT */
/*
 * The tree of measure/lib/merkle.h as a log grows it: of any size, and of leaves that are all at
 * hand. Sources: RFC 6962, section 2.1 "Merkle Hash Trees" and 2.1.1 "Merkle Audit Paths"; RFC
 * 9162, section 2.1.3.2 "Verifying an Inclusion Proof".
 */
#ifndef MEASURE_VERIFY_LOG_TREE_H
#define MEASURE_VERIFY_LOG_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/merkle.h"

#define TREE_PATH_MAX 64 /* steps from a leaf to the root of a tree of up to 2^64 - 1 leaves */

/* The root over n leaf hashes; of none it is the hash of nothing. */
void tree_root(const struct merkle_hash *leaf, size_t n, struct merkle_hash *ret_root);

/* The way up of leaf index, below n, from the bottom; how many steps it has. */
size_t tree_path(const struct merkle_hash *leaf, size_t n, size_t index,
		 struct merkle_hash ret_path[static TREE_PATH_MAX]);

/*
 * Climbs from a leaf hash to the root that a path of n steps leads to. -EPROTO an index outside of
 * the tree, -EBADMSG a path that is too long or too short; ret_root is untouched then.
 */
int tree_climb(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
	       const struct merkle_hash *path, size_t n, struct merkle_hash *ret_root);

#endif
