/* SPDX-License-Identifier: MIT */
/*
 * The Merkle tree of Certificate Transparency, with SHA-256, so that one quote answers many
 * requests and each can be shown to be among them:
 *
 *	leaf hash = SHA-256(0x00 || data)
 *	node hash = SHA-256(0x01 || left || right)
 *
 * The two prefixes keep a node from being passed off as a leaf. A tree of n leaves pairs them from
 * the left, and then the pairs, and so on; the last of an odd row goes up as it is, unhashed. (The
 * same as splitting at the largest power of two below n, which is how the RFC puts it.) The root of
 * a single leaf is its leaf hash; there is no tree without leaves.
 *
 * The path of a leaf is the sibling of each node on its way up, from the bottom, leaving out the
 * rows where it has none. Its length follows from index and size alone. Index and size are not
 * hashed: a good path proves that the leaf is in the tree, not at which place.
 *
 * No allocation, no I/O. Sources: RFC 6962, section 2.1 "Merkle Hash Trees"; RFC 9162, section
 * 2.1.3.2 "Verifying an Inclusion Proof".
 */
#ifndef MEASURE_MERKLE_H
#define MEASURE_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#define MERKLE_LEN	  32
#define MERKLE_LEAVES_MAX 4096 /* requests that one quote can answer */
#define MERKLE_PATH_MAX	  12   /* steps from one of these to the root */
#define MERKLE_NODES_MAX  8191 /* merkle_nodes(MERKLE_LEAVES_MAX) */

struct merkle_hash {
	uint8_t bytes[MERKLE_LEN];
};

/* Where a leaf is and its way up. From a peer, size, index and n may be anything. */
struct merkle_path {
	uint32_t size;	/* leaves of the tree */
	uint32_t index; /* of the leaf, from 0 */
	size_t n;	/* of the siblings */
	struct merkle_hash sibling[MERKLE_PATH_MAX];
};

/* The leaf hash of len bytes. */
void merkle_leaf(const void *data, size_t len, struct merkle_hash *ret_hash);

/* Nodes of a tree of n leaves, all rows together; 0 unless n is 1 to MERKLE_LEAVES_MAX. */
size_t merkle_nodes(size_t n);

/*
 * Makes the tree of n leaves, 1 to MERKLE_LEAVES_MAX (otherwise -EINVAL and nothing is touched).
 * node is the caller's, of merkle_nodes(n): the leaf hashes are in its first n; the rows above are
 * written after them, and the root comes last.
 */
int merkle_build(struct merkle_hash *node, size_t n);

/* The path of leaf index of a tree that was built. -EINVAL, untouched, if there is no such leaf. */
int merkle_path(const struct merkle_hash *node, size_t n, size_t index,
		struct merkle_path *ret_path);

/*
 * Climbs from a leaf hash to the root that the path leads to; compare that with the root you know.
 * ret_root is untouched on failure: -EFBIG a size of 0 or over MERKLE_LEAVES_MAX, -EPROTO an index
 * outside the tree, -EBADMSG a path that is too long or too short.
 */
int merkle_climb(const struct merkle_hash *leaf, const struct merkle_path *path,
		 struct merkle_hash *ret_root);

#endif
