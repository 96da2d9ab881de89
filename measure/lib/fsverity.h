/* SPDX-License-Identifier: MIT */
/*
 * The file digest of fs-verity with sha256, blocks of 4096 bytes and no salt: what `fsverity
 * digest` prints. It is the hash over a small descriptor of the file's size and the root of a hash
 * tree, so that one file can be hashed in pieces, by as many processors as there are.
 *
 * A piece is as much of a file as fills one block of the tree's lowest level: 128 blocks. Hash
 * every piece, in any order, anywhere, and then the pieces' hashes together.
 *
 * Source: Linux, Documentation/filesystems/fsverity.rst, "Merkle tree" and "File digest
 * computation"; include/uapi/linux/fsverity.h, struct fsverity_descriptor.
 */
#ifndef MEASURE_FSVERITY_H
#define MEASURE_FSVERITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"

#define FSVERITY_BLOCK	  4096
#define FSVERITY_HASH_LEN 32
#define FSVERITY_PIECE	  (FSVERITY_BLOCK * (FSVERITY_BLOCK / FSVERITY_HASH_LEN)) /* 512 KiB */

struct fsverity_hash {
	uint8_t bytes[FSVERITY_HASH_LEN];
};

/* How many pieces a file has; none if it is empty. */
uint64_t fsverity_pieces(uint64_t size);

/*
 * The hash of one piece, from its len bytes: FSVERITY_PIECE, or what is left for the last one (not
 * 0). A file of a single block is no tree yet: its one hash is then the block's own.
 */
void fsverity_piece(const uint8_t *data, size_t len, bool only, struct fsverity_hash *ret_hash);

/*
 * The file digest (sha256) from the size and the hashes of all pieces, in order; they are spoilt.
 */
void fsverity_digest(struct fsverity_hash *pieces, uint64_t size, struct digest *ret_digest);

#endif
