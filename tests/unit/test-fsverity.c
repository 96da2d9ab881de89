/* SPDX-License-Identifier: MIT */
#include "measure/lib/fsverity.h"

#include <stdlib.h>

#include "tests/lib/pattern.h"
#include "tests/lib/tap.h"

/* The hash of piece i, from a heap copy of its bytes: a read past them is a sanitizer report. */
static void hash_piece(const uint8_t *data, uint64_t size, uint64_t i, struct fsverity_hash *ret)
{
	uint64_t left = size - i * FSVERITY_PIECE;
	size_t len = left < FSVERITY_PIECE ? (size_t)left : FSVERITY_PIECE;
	uint8_t *copy = malloc(len);

	if (!copy)
		abort();
	memcpy(copy, data + i * FSVERITY_PIECE, len);
	fsverity_piece(copy, len, size <= FSVERITY_PIECE, ret);
	free(copy);
}

/* The pieces in order or from the last to the first. */
static const char *digest_of(const uint8_t *data, uint64_t size, bool backwards)
{
	static char hex[HASH_HEX_MAX];
	uint64_t n = fsverity_pieces(size);
	struct fsverity_hash *pieces = malloc((n ? n : 1) * sizeof(*pieces));
	struct digest digest;

	if (!pieces)
		abort();
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = backwards ? n - 1 - i : i;

		hash_piece(data, size, at, &pieces[at]);
	}
	fsverity_digest(pieces, size, &digest);
	digest_hex(&digest, hex);
	free(pieces);
	return digest.alg == HASH_SHA256 ? hex : "not sha256";
}

static void test_known(void)
{
	/* cppcheck-suppress sizeofDivisionMemfunc -- the last one's size, in bytes */
	uint8_t *data = malloc(patterns[PATTERNS_N - 1].size);
	char name[80];

	if (!data)
		abort();
	pattern_fill(data, patterns[PATTERNS_N - 1].size);
	for (size_t i = 0; i < PATTERNS_N; i++) {
		snprintf(name, sizeof(name), "digest: of %" PRIu64 " bytes, as fsverity says",
			 patterns[i].size);
		is_str(digest_of(data, patterns[i].size, false), patterns[i].fsverity, name);
	}
	is_str(digest_of(data, 5000000, true), digest_of(data, 5000000, false),
	       "digest: the same when the pieces are hashed from the last to the first");
	free(data);
}

static void test_pieces(void)
{
	is_int((int64_t)fsverity_pieces(0), 0, "pieces: an empty file has none");
	is_int((int64_t)fsverity_pieces(1), 1, "pieces: a byte is one");
	is_int((int64_t)fsverity_pieces(524288), 1, "pieces: 512 KiB are one");
	is_int((int64_t)fsverity_pieces(524289), 2, "pieces: and a byte more is two");
	ok(fsverity_pieces(UINT64_MAX) == (uint64_t)1 << 45,
	   "pieces: the largest size does not wrap");
}

int main(void)
{
	test_pieces();
	test_known();
	return tap_done();
}
