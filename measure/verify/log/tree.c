/* SPDX-License-Identifier: MIT */
#include "measure/verify/log/tree.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/hash.h"

static void join(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret_hash)
{
	static const uint8_t prefix = 0x01;
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, &prefix, 1);
	hash_update(&ctx, left->bytes, MERKLE_LEN);
	hash_update(&ctx, right->bytes, MERKLE_LEN);
	hash_final(&ctx, &d);
	memcpy(ret_hash->bytes, d.bytes, MERKLE_LEN);
}

/* The largest power of two below n, which is at least 2. */
static size_t split(size_t n)
{
	size_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

void tree_root(const struct merkle_hash *leaf, size_t n, struct merkle_hash *ret_root)
{
	struct merkle_hash left, right;
	struct digest nothing;
	size_t k;

	if (n == 0) {
		hash_bytes(HASH_SHA256, NULL, 0, &nothing);
		memcpy(ret_root->bytes, nothing.bytes, MERKLE_LEN);
		return;
	}
	if (n == 1) {
		*ret_root = *leaf;
		return;
	}
	k = split(n);
	tree_root(leaf, k, &left);
	tree_root(leaf + k, n - k, &right);
	join(&left, &right, ret_root);
}

size_t tree_path(const struct merkle_hash *leaf, size_t n, size_t index,
		 struct merkle_hash ret_path[static TREE_PATH_MAX])
{
	struct merkle_hash down[TREE_PATH_MAX];
	size_t len = 0;

	/* From the root down, the half that index is not in. */
	while (n > 1) {
		size_t k = split(n);

		if (index < k) {
			tree_root(leaf + k, n - k, &down[len++]);
			n = k;
		} else {
			tree_root(leaf, k, &down[len++]);
			leaf += k;
			index -= k;
			n -= k;
		}
	}
	for (size_t i = 0; i < len; i++)
		ret_path[i] = down[len - 1 - i];
	return len;
}

int tree_climb(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
	       const struct merkle_hash *path, size_t n, struct merkle_hash *ret_root)
{
	struct merkle_hash hash = *leaf;
	uint64_t at = index, last = size - 1;
	size_t used = 0;

	if (index >= size)
		return -EPROTO;
	/* A row at a time: at is our place in it, and last the place of its last node. */
	for (; last > 0; at /= 2, last /= 2) {
		if (at % 2 == 0 && at == last)
			continue;
		if (used == n)
			return -EBADMSG;
		if (at % 2 == 1)
			join(&path[used], &hash, &hash);
		else
			join(&hash, &path[used], &hash);
		used++;
	}
	if (used != n)
		return -EBADMSG;
	*ret_root = hash;
	return 0;
}
