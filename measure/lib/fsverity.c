/* SPDX-License-Identifier: MIT */
#include "measure/lib/fsverity.h"

#include <string.h>

#define BRANCHES (FSVERITY_BLOCK / FSVERITY_HASH_LEN)

uint64_t fsverity_pieces(uint64_t size)
{
	return size / FSVERITY_PIECE + (size % FSVERITY_PIECE != 0);
}

/* A block that is not full is padded with zeros. */
static void hash_block(const void *data, size_t len, struct fsverity_hash *ret_hash)
{
	static const uint8_t zeros[FSVERITY_BLOCK];
	struct hash_ctx ctx;
	struct digest digest;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, data, len);
	hash_update(&ctx, zeros, FSVERITY_BLOCK - len);
	hash_final(&ctx, &digest);
	memcpy(ret_hash->bytes, digest.bytes, sizeof(ret_hash->bytes));
}

void fsverity_piece(const uint8_t *data, size_t len, bool only, struct fsverity_hash *ret_hash)
{
	struct fsverity_hash level[BRANCHES];
	size_t n = 0;

	for (size_t off = 0; off < len; off += FSVERITY_BLOCK)
		hash_block(data + off, len - off < FSVERITY_BLOCK ? len - off : FSVERITY_BLOCK,
			   &level[n++]);
	if (only && n == 1)
		*ret_hash = level[0];
	else
		hash_block(level, n * sizeof(level[0]), ret_hash);
}

/* Level by level, in place: each block of hashes becomes one hash, until there is one. */
static void hash_tree(struct fsverity_hash *level, uint64_t n)
{
	while (n > 1) {
		uint64_t above = 0;

		for (uint64_t i = 0; i < n; i += BRANCHES) {
			uint64_t some = n - i < BRANCHES ? n - i : BRANCHES;

			hash_block(&level[i], (size_t)some * sizeof(level[0]), &level[above++]);
		}
		n = above;
	}
}

void fsverity_digest(struct fsverity_hash *pieces, uint64_t size, struct digest *ret_digest)
{
	/* version 1, sha256 (1), log2 of the block size, no salt; size; root; salt, reserved */
	uint8_t descriptor[256] = { 1, 1, 12, 0 };
	uint64_t n = fsverity_pieces(size);

	for (size_t i = 0; i < 8; i++)
		descriptor[8 + i] = (uint8_t)(size >> (8 * i));
	if (n > 0) {
		hash_tree(pieces, n);
		memcpy(descriptor + 16, pieces[0].bytes, sizeof(pieces[0].bytes));
	}
	hash_bytes(HASH_SHA256, descriptor, sizeof(descriptor), ret_digest);
}
