/* SPDX-License-Identifier: MIT */
#include "measure/lib/binding.h"

#include <string.h>

#include "measure/lib/hash.h"

static const char label[] = { 'r', 'a', 'm', 'p', 'a', 'r', 't', '-',
			      'q', 'u', 'o', 't', 'e', '/', '1' };

void binding_leaf(const uint8_t nonce[static BINDING_LEN], struct span spki,
		  const uint8_t exporter[static BINDING_LEN], struct binding_leaf *ret_leaf)
{
	struct digest key, leaf;
	struct hash_ctx ctx;

	hash_bytes(HASH_SHA256, spki.p, spki.left, &key);
	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, nonce, BINDING_LEN);
	hash_update(&ctx, key.bytes, hash_len(HASH_SHA256));
	hash_update(&ctx, exporter, BINDING_LEN);
	hash_final(&ctx, &leaf);
	memcpy(ret_leaf->bytes, leaf.bytes, BINDING_LEN);
}

void binding_extra(const struct merkle_hash *root, uint8_t ret_extra[static BINDING_LEN])
{
	struct digest extra;
	struct hash_ctx ctx;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, label, sizeof(label));
	hash_update(&ctx, root->bytes, sizeof(root->bytes));
	hash_final(&ctx, &extra);
	memcpy(ret_extra, extra.bytes, BINDING_LEN);
}
