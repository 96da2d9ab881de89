/* SPDX-License-Identifier: MIT */
/* Many hashes over large inputs: on all cores, and a common beginning is hashed only once. */
#ifndef MEASURE_CMD_HASHING_H
#define MEASURE_CMD_HASHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

/* The hash of n pieces, concatenated. The caller sets the first three members. */
struct hash_job {
	enum hash_alg alg;
	const struct span *piece;
	size_t n;
	struct digest digest; /* the result */

	struct hash_job *next; /* a job that begins with all of this one's pieces */
	bool follows;	       /* some job's next */
	uint64_t len;	       /* bytes left to hash for this one alone */
};

/* Computes the digest of every job. */
void hash_jobs(struct hash_job *jobs, size_t n_jobs);

#endif
