/* SPDX-License-Identifier: MIT */
#include "measure/lib/merkle.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/hash.h"

static const uint8_t leaf_prefix = 0x00, node_prefix = 0x01;

void merkle_leaf(const void *data, size_t len, struct merkle_hash *ret_hash)
{
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, &leaf_prefix, 1);
	hash_update(&ctx, data, len);
	hash_final(&ctx, &d);
	memcpy(ret_hash->bytes, d.bytes, MERKLE_LEN);
}

static void join(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *ret_hash)
{
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, &node_prefix, 1);
	hash_update(&ctx, left->bytes, MERKLE_LEN);
	hash_update(&ctx, right->bytes, MERKLE_LEN);
	hash_final(&ctx, &d);
	memcpy(ret_hash->bytes, d.bytes, MERKLE_LEN);
}

static size_t row_above(size_t n)
{
	return n / 2 + n % 2;
}

size_t merkle_nodes(size_t n)
{
	size_t sum = n;

	if (n == 0 || n > MERKLE_LEAVES_MAX)
		return 0;
	while (n > 1) {
		n = row_above(n);
		sum += n;
	}
	return sum;
}

int merkle_build(struct merkle_hash *node, size_t n)
{
	if (n == 0 || n > MERKLE_LEAVES_MAX)
		return -EINVAL;

	while (n > 1) {
		struct merkle_hash *above = node + n;

		for (size_t i = 0; i < n / 2; i++)
			join(&node[2 * i], &node[2 * i + 1], &above[i]);
		if (n % 2 == 1)
			above[n / 2] = node[n - 1];
		node = above;
		n = row_above(n);
	}
	return 0;
}

int merkle_path(const struct merkle_hash *node, size_t n, size_t index,
		struct merkle_path *ret_path)
{
	struct merkle_path path = { .size = (uint32_t)n, .index = (uint32_t)index };

	if (n > MERKLE_LEAVES_MAX || index >= n)
		return -EINVAL;

	while (n > 1) {
		size_t sibling = index ^ 1;

		if (sibling < n)
			path.sibling[path.n++] = node[sibling];
		node += n;
		n = row_above(n);
		index /= 2;
	}
	*ret_path = path;
	return 0;
}

int merkle_climb(const struct merkle_hash *leaf, const struct merkle_path *path,
		 struct merkle_hash *ret_root)
{
	uint32_t at = path->index, last = path->size - 1;
	struct merkle_hash hash = *leaf;
	size_t used = 0;

	if (path->size == 0 || path->size > MERKLE_LEAVES_MAX)
		return -EFBIG;
	if (path->index >= path->size)
		return -EPROTO;
	if (path->n > MERKLE_PATH_MAX)
		return -EBADMSG;

	/* A row at a time: at is our place in it and last the place of its last node. */
	for (; last > 0; at /= 2, last /= 2) {
		if (at % 2 == 0 && at == last)
			continue;
		if (used == path->n)
			return -EBADMSG;
		if (at % 2 == 1)
			join(&path->sibling[used], &hash, &hash);
		else
			join(&hash, &path->sibling[used], &hash);
		used++;
	}
	if (used != path->n)
		return -EBADMSG;
	*ret_root = hash;
	return 0;
}
