/* SPDX-License-Identifier: MIT */
/*
 * The digests of large files on all cores, each byte fetched once: init does it with processes over
 * shared memory while it loads models, the host with threads over files that are there already.
 *
 * Each worker calls digests_work(), which returns when there is nothing left for it to do. A file
 * with an fs-verity digest is hashed by all workers, piece by piece. One with a sha256 digest is
 * hashed in order by the worker that claims it, while the others fetch the bytes that it will need.
 */
#ifndef MEASURE_DIGESTS_H
#define MEASURE_DIGESTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/fsverity.h"
#include "measure/lib/hash.h"

#define DIGESTS_PIECE (4 * FSVERITY_PIECE) /* 2 MiB: fetched at once; a huge page */

struct digests_file {
	/* set by the caller */
	uint8_t *bytes; /* size bytes that are there, or that fetch will write */
	uint64_t size;
	bool fsverity;
	bool fetched; /* whether its bytes have to be fetched */

	struct digest digest; /* the result, sha256 */

	/* inside */
	uint64_t n_pieces;
	atomic_uint *there;		  /* one a piece, if fetched: 1 once its bytes are there */
	struct fsverity_hash *hashes;	  /* of fsverity_pieces(size), if fsverity */
	atomic_uint claimed;		  /* sha256: by the worker that hashes it */
	atomic_uint_least64_t next, done; /* pieces begun, pieces hashed or fetched */
};

struct digests {
	struct digests_file *file; /* n; in the memory that all workers share, as this struct is */
	size_t n;
	/*
	 * Writes len bytes (DIGESTS_PIECE, or what is left) at off of file i to its bytes. Called
	 * once for each piece, from any worker. 0, or a negative errno, which ends everything.
	 */
	int (*fetch)(void *arg, size_t i, uint64_t off, size_t len);
	void *arg;

	atomic_int error; /* the first negative errno of fetch; the digests are void */
	atomic_uint_least64_t progress; /* bytes hashed so far, of all files */
};

/* Bytes of memory that the workers share besides, for files of these sizes; aligned to 64. */
size_t digests_memory(const struct digests_file *file, size_t n);

/* Everything but the caller's own fields. memory: digests_memory() bytes, zeroed. */
void digests_init(struct digests *d, void *memory);

/* Once all workers have returned, every file's digest is there, unless d->error says otherwise. */
void digests_work(struct digests *d);

#endif
