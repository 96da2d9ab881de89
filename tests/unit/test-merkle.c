/* SPDX-License-Identifier: MIT */
/*
 * The known answers come from Certificate Transparency's own tests (the eight leaves below, whose
 * roots its implementations share) and from this script, which follows RFC 6962, section 2.1, word
 * by word:
 *
 *	H = lambda b: hashlib.sha256(b).digest()
 *	def split(n): k = 1 << (n - 1).bit_length() - 1; return k
 *	def mth(d):
 *		if len(d) == 1: return H(b'\0' + d[0])
 *		k = split(len(d)); return H(b'\1' + mth(d[:k]) + mth(d[k:]))
 *	def path(m, d):
 *		if len(d) == 1: return []
 *		k = split(len(d))
 *		return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]
 *	L = [n.to_bytes(2, 'big') for n in range(4096)]
 *	roots = H(b''.join(mth(L[:n]) for n in range(1, 71)))
 *	paths = H(b''.join(b''.join(path(m, L[:n])) for n in range(1, 71) for m in range(n)))
 *	leaf = H(bytes(range(32)) + H(b'spki') + bytes([0xee]) * 32)
 *	extra = H(b'rampart-quote/1' + H(b'\0' + leaf))
 */
#include "measure/lib/merkle.h"

#include <errno.h>

#include "measure/lib/binding.h"
#include "measure/lib/hash.h"
#include "tests/lib/tap.h"
#include "tests/lib/tpmbytes.h"

static struct merkle_hash node[MERKLE_NODES_MAX];

static int hash_is(const uint8_t bytes[static MERKLE_LEN], const char *hex)
{
	struct digest d = { .alg = HASH_SHA256 };
	char text[HASH_HEX_MAX];

	memcpy(d.bytes, bytes, MERKLE_LEN);
	digest_hex(&d, text);
	return !strcmp(text, hex);
}

/* The script's L[:n]. */
static void grow(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t data[2];

		set_be(data, i, 2);
		merkle_leaf(data, 2, &node[i]);
	}
	if (merkle_build(node, n) < 0)
		abort();
}

static const struct merkle_hash *root_of(size_t n)
{
	return &node[merkle_nodes(n) - 1];
}

static void test_ct(void)
{
	static const struct {
		const char *leaf;
		size_t len;
		const char *root;
	} cases[] = {
		{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\0", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21", 2,
		  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "01", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "@ABC", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "PQRSTUVW", 8,
		  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "`abcdefghijklmno", 16,
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};

	for (size_t n = 1; n <= 8; n++) {
		for (size_t i = 0; i < n; i++)
			merkle_leaf(cases[i].leaf, cases[i].len, &node[i]);
		ok(merkle_build(node, n) == 0 && hash_is(root_of(n)->bytes, cases[n - 1].root),
		   "merkle: a root of Certificate Transparency's tests");
	}
}

/* Every tree of up to 70 leaves: all roots and all paths as the script has them, all climbed. */
static void test_all(void)
{
	struct hash_ctx roots, paths;
	struct digest d;
	int held = 1;

	hash_init(&roots, HASH_SHA256);
	hash_init(&paths, HASH_SHA256);
	for (size_t n = 1; n <= 70; n++) {
		grow(n);
		hash_update(&roots, root_of(n), MERKLE_LEN);
		for (size_t i = 0; i < n; i++) {
			struct merkle_hash root = { { 0 } };
			struct merkle_path path;

			held &= merkle_path(node, n, i, &path) == 0 && path.size == n &&
				path.index == i && merkle_climb(&node[i], &path, &root) == 0 &&
				!memcmp(&root, root_of(n), MERKLE_LEN);
			hash_update(&paths, path.sibling, path.n * MERKLE_LEN);
		}
	}
	ok(held, "merkle: each path leads from its leaf to the root");
	hash_final(&roots, &d);
	ok(hash_is(d.bytes, "dd05c081a3b00e24dd0bc638a671a211964f88f5c6a1159b7efde6936337b610"),
	   "merkle: the roots of 1 to 70 leaves are those of RFC 6962");
	hash_final(&paths, &d);
	ok(hash_is(d.bytes, "eb7369884874a6dbfa2ce20f93b9de7df5976762cbbe26dc50d6ebda70661519"),
	   "merkle: and so are all their paths");
}

static void test_large(void)
{
	struct merkle_hash root;
	struct merkle_path path;
	size_t longest = 0;
	int held = 1;

	is_int((int64_t)merkle_nodes(MERKLE_LEAVES_MAX), MERKLE_NODES_MAX, "merkle: all nodes");
	grow(2049);
	ok(hash_is(root_of(2049)->bytes,
		   "6d42a53b0a804f30a9e17ce7429d70cc0aed7bd40d74bee69c4e1a762d5a7d1b"),
	   "merkle: 2049 leaves, the last of which goes up alone");
	grow(4095);
	ok(hash_is(root_of(4095)->bytes,
		   "0812c954b91bef917f2e88232d1171a594bcb9a7dc523c0177fa4c9a880d6d51"),
	   "merkle: 4095 leaves");
	grow(4096);
	ok(hash_is(root_of(4096)->bytes,
		   "251d1f07e08d85dca3813884a407e9e5db920411887b274f582d7141500cb3d9"),
	   "merkle: 4096 leaves, the most that there may be");
	for (size_t i = 0; i < 4096; i++) {
		held &= merkle_path(node, 4096, i, &path) == 0 &&
			merkle_climb(&node[i], &path, &root) == 0 &&
			!memcmp(&root, root_of(4096), MERKLE_LEN);
		longest = path.n > longest ? path.n : longest;
	}
	ok(held && longest == MERKLE_PATH_MAX, "merkle: their paths have 12 steps");
}

static void test_refuses_to_make(void)
{
	struct merkle_path path = { .size = 4711 };

	ok(merkle_nodes(0) == 0 && merkle_nodes(4097) == 0, "merkle: no tree of 0 or 4097 leaves");
	memset(node, 0xa5, sizeof(node));
	ok(merkle_build(node, 0) == -EINVAL && merkle_build(node, 4097) == -EINVAL &&
		   node[MERKLE_NODES_MAX - 1].bytes[0] == 0xa5,
	   "merkle: ... is made");
	grow(5);
	ok(merkle_path(node, 5, 5, &path) == -EINVAL && merkle_path(node, 0, 0, &path) == -EINVAL &&
		   merkle_path(node, 4097, 0, &path) == -EINVAL &&
		   merkle_path(node, 5, SIZE_MAX, &path) == -EINVAL && path.size == 4711,
	   "merkle: there is no path for a leaf that is not in the tree");
}

static int climbs(const struct merkle_path *path, int error)
{
	struct merkle_hash root, before;

	memset(&root, 0xa5, sizeof(root));
	memset(&before, 0xa5, sizeof(before));
	return merkle_climb(&node[0], path, &root) == error &&
	       !memcmp(&root, &before, sizeof(root));
}

/* Whatever a peer says of index, size and length. */
static void test_hostile_paths(void)
{
	struct merkle_path good, path;

	grow(7);
	merkle_path(node, 7, 0, &good);
	path = good;
	path.index = 7;
	ok(climbs(&path, -EPROTO), "merkle: an index that is the size");
	path.index = UINT32_MAX;
	ok(climbs(&path, -EPROTO), "merkle: the largest index");
	path = good;
	path.size = 0;
	ok(climbs(&path, -EFBIG), "merkle: a tree of no leaves");
	path.size = 4097;
	ok(climbs(&path, -EFBIG), "merkle: a tree over the limit");
	path.size = UINT32_MAX;
	ok(climbs(&path, -EFBIG), "merkle: the largest tree");
	path = good;
	path.n = 2;
	ok(climbs(&path, -EBADMSG), "merkle: a path that is too short");
	path.n = 4;
	ok(climbs(&path, -EBADMSG), "merkle: a path that is too long");
	path.n = SIZE_MAX;
	ok(climbs(&path, -EBADMSG), "merkle: the longest path");
	path.n = 0;
	ok(climbs(&path, -EBADMSG), "merkle: no path");
	path = (struct merkle_path){ .size = 1, .n = 1 };
	ok(climbs(&path, -EBADMSG), "merkle: a path in a tree of one leaf");
	path = good;
	path.size = 4096;
	ok(climbs(&path, -EBADMSG), "merkle: a path of a smaller tree");
}

/* Well-formed, and wrong: another root comes out. */
static void test_wrong_paths(void)
{
	struct merkle_hash root, inner;
	struct merkle_path path;
	uint8_t pair[64];
	int held = 1;

	grow(7);
	for (size_t i = 0; i < 7; i++)
		for (size_t k = 0; k < 7; k++) {
			merkle_path(node, 7, i, &path);
			held &= merkle_climb(&node[k], &path, &root) == 0 &&
				(i == k) == !memcmp(&root, root_of(7), MERKLE_LEN);
		}
	ok(held, "merkle: the path of one leaf does not serve another");
	for (size_t i = 0; i < 3 * MERKLE_LEN; i++) {
		merkle_path(node, 7, 2, &path);
		path.sibling[i / MERKLE_LEN].bytes[i % MERKLE_LEN] ^= 1;
		held &= merkle_climb(&node[2], &path, &root) == 0 &&
			memcmp(&root, root_of(7), MERKLE_LEN) != 0;
	}
	ok(held, "merkle: any bit of a path counts");

	/* Without prefixes, the two leaves put together would be a leaf of the tree of the rest. */
	memcpy(pair, node[0].bytes, 32);
	memcpy(pair + 32, node[1].bytes, 32);
	merkle_leaf(pair, sizeof(pair), &inner);
	ok(memcmp(&inner, &node[7], MERKLE_LEN) != 0, "merkle: a node is nobody's leaf");
}

static void test_binding(void)
{
	uint8_t nonce[BINDING_LEN], exporter[BINDING_LEN], extra[BINDING_LEN];
	struct binding_leaf leaf;
	struct merkle_hash root;

	for (size_t i = 0; i < BINDING_LEN; i++)
		nonce[i] = (uint8_t)i;
	memset(exporter, 0xee, sizeof(exporter));
	binding_leaf(nonce, span_of("spki", 4), exporter, &leaf);
	ok(hash_is(leaf.bytes, "e548e3aba54914757086e9e7cf3a6305bdf1bd903b4644dba29c3198a7778a7c"),
	   "binding: a leaf is nonce, key and exporter");
	merkle_leaf(leaf.bytes, sizeof(leaf.bytes), &root);
	binding_extra(&root, extra);
	ok(hash_is(extra, "6b9fc08590836d7e75a70867581e883d1fc2ca21eba61c89ab297d1edb6dfafd"),
	   "binding: extraData is the label and the root");
}

int main(void)
{
	test_ct();
	test_all();
	test_large();
	test_refuses_to_make();
	test_hostile_paths();
	test_wrong_paths();
	test_binding();
	return tap_done();
}
