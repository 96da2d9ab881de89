/* SPDX-License-Identifier: MIT */
/* Many hashes over large inputs at once: on all cores, and a common beginning only once. */
#ifndef MEASURE_CMD_HASHING_H
#define MEASURE_CMD_HASHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

/* The hash of n pieces put together. The caller sets the first three. */
struct hash_job {
	enum hash_alg alg;
	const struct span *piece;
	size_t n;
	struct digest digest; /* the result */

	struct hash_job *next; /* a job that begins with all of this one's pieces */
	bool follows;	       /* some job's next */
	uint64_t len;	       /* bytes left to hash for this one alone */
};

/* Fills the digest of every job. */
void hash_jobs(struct hash_job *jobs, size_t n_jobs);

#endif
