/* SPDX-License-Identifier: MIT */
#include "measure/lib/digests.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Between processes as well as threads, so without FUTEX_PRIVATE_FLAG. */
static void wait_for(atomic_uint *word)
{
	while (atomic_load(word) == 0)
		(void)syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void announce(atomic_uint *word)
{
	atomic_store(word, 1);
	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static uint64_t pieces_of(uint64_t size)
{
	return size / DIGESTS_PIECE + (size % DIGESTS_PIECE != 0);
}

static size_t aligned(size_t len)
{
	return (len + 63) / 64 * 64;
}

static size_t there_len(const struct digests_file *f)
{
	return f->fetched ? aligned(pieces_of(f->size) * sizeof(*f->there)) : 0;
}

static size_t hashes_len(const struct digests_file *f)
{
	return f->fsverity ? aligned(fsverity_pieces(f->size) * sizeof(*f->hashes)) : 0;
}

size_t digests_memory(const struct digests_file *file, size_t n)
{
	size_t len = 64;

	for (size_t i = 0; i < n; i++)
		len += there_len(&file[i]) + hashes_len(&file[i]);
	return len;
}

void digests_init(struct digests *d, void *memory)
{
	uint8_t *p = memory;

	for (size_t i = 0; i < d->n; i++) {
		struct digests_file *f = &d->file[i];

		f->n_pieces = pieces_of(f->size);
		f->there = (atomic_uint *)(void *)p;
		p += there_len(f);
		f->hashes = (struct fsverity_hash *)(void *)p;
		p += hashes_len(f);
		atomic_init(&f->claimed, 0);
		atomic_init(&f->next, 0);
		atomic_init(&f->done, 0);
		if (f->n_pieces == 0 && f->fsverity)
			fsverity_digest(f->hashes, 0, &f->digest);
	}
	atomic_init(&d->error, 0);
	atomic_init(&d->progress, 0);
}

static size_t piece_len(const struct digests_file *f, uint64_t piece)
{
	uint64_t left = f->size - piece * DIGESTS_PIECE;

	return left < DIGESTS_PIECE ? (size_t)left : DIGESTS_PIECE;
}

/* The worker that finishes the last piece computes the file's digest. */
static void hash_fsverity(struct digests *d, struct digests_file *f, uint64_t piece)
{
	const uint8_t *data = f->bytes + piece * DIGESTS_PIECE;
	size_t len = piece_len(f, piece);
	uint64_t i = piece * (DIGESTS_PIECE / FSVERITY_PIECE);

	for (size_t off = 0; off < len; off += FSVERITY_PIECE)
		fsverity_piece(data + off, len - off < FSVERITY_PIECE ? len - off : FSVERITY_PIECE,
			       f->size <= FSVERITY_PIECE, &f->hashes[i++]);
	atomic_fetch_add(&d->progress, len);
	if (atomic_fetch_add(&f->done, 1) + 1 == f->n_pieces)
		fsverity_digest(f->hashes, f->size, &f->digest);
}

/* Begins the next piece that no worker has begun. false: there is none, or something failed. */
static bool take_piece(struct digests *d, size_t index)
{
	struct digests_file *f = &d->file[index];
	uint64_t piece;
	int r = 0, none = 0;

	if (atomic_load(&d->error) || (!f->fetched && !f->fsverity))
		return false;
	piece = atomic_fetch_add(&f->next, 1);
	if (piece >= f->n_pieces)
		return false;
	if (f->fetched)
		r = d->fetch(d->arg, index, piece * DIGESTS_PIECE, piece_len(f, piece));
	if (r < 0)
		(void)atomic_compare_exchange_strong(&d->error, &none, r);
	else if (f->fsverity)
		hash_fsverity(d, f, piece);
	if (f->fetched) /* after a failure as well: a waiter checks for one next */
		announce(&f->there[piece]);
	return r == 0;
}

/*
 * In order from the first byte; pieces that are not there yet are fetched meanwhile, by any worker.
 */
static void hash_sha256(struct digests *d, size_t index)
{
	struct digests_file *f = &d->file[index];
	struct hash_ctx ctx;

	hash_init(&ctx, HASH_SHA256);
	for (uint64_t piece = 0; piece < f->n_pieces; piece++) {
		while (f->fetched && !atomic_load(&f->there[piece]))
			if (!take_piece(d, index)) {
				if (atomic_load(&d->error))
					return;
				wait_for(&f->there[piece]);
			}
		if (atomic_load(&d->error))
			return;
		hash_update(&ctx, f->bytes + piece * DIGESTS_PIECE, piece_len(f, piece));
		atomic_fetch_add(&d->progress, piece_len(f, piece));
	}
	hash_final(&ctx, &f->digest);
}

/*
 * The largest sha256 file that no worker has claimed: it takes longest, and only one can hash it.
 */
static bool claim_sha256(struct digests *d, size_t *ret_index)
{
	for (;;) {
		struct digests_file *best = NULL;

		for (size_t i = 0; i < d->n; i++) {
			struct digests_file *f = &d->file[i];

			if (!f->fsverity && !atomic_load(&f->claimed) &&
			    (!best || f->size > best->size))
				best = f;
		}
		if (!best)
			return false;
		if (atomic_exchange(&best->claimed, 1) == 0) {
			*ret_index = (size_t)(best - d->file);
			return true;
		}
	}
}

void digests_work(struct digests *d)
{
	size_t i;

	while (!atomic_load(&d->error) && claim_sha256(d, &i))
		hash_sha256(d, i);
	/*
	 * What any worker can do for files that others have claimed: first hashing, then fetching.
	 */
	for (int fsverity = 1; fsverity >= 0; fsverity--)
		for (i = 0; i < d->n; i++)
			while (d->file[i].fsverity == (fsverity == 1) && take_piece(d, i))
				;
}
