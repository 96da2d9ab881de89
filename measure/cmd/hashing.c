/* SPDX-License-Identifier: MIT */
#include "measure/cmd/hashing.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "measure/cmd/cores.h"

#define CHUNK_LEN (16 << 20) /* bytes hashed between two updates of the progress */

static uint64_t total_len(const struct hash_job *job, size_t from)
{
	uint64_t len = 0;

	for (size_t i = from; i < job->n; i++)
		len += job->piece[i].left;
	return len;
}

static bool begins_with(const struct hash_job *job, const struct hash_job *first)
{
	if (job == first || job->alg != first->alg || job->n <= first->n || first->n == 0)
		return false;
	for (size_t i = 0; i < first->n; i++)
		if (job->piece[i].p != first->piece[i].p ||
		    job->piece[i].left != first->piece[i].left)
			return false;
	return true;
}

/*
 * The initrd, for one, is measured as a section of the UKI and again as the beginning of what the
 * kernel gets.
 */
static void link_jobs(struct hash_job *jobs, size_t n_jobs)
{
	for (size_t i = 0; i < n_jobs; i++) {
		jobs[i].next = NULL;
		jobs[i].follows = false;
		jobs[i].len = total_len(&jobs[i], 0);
	}
	for (size_t i = 0; i < n_jobs; i++)
		for (size_t j = 0; j < n_jobs && !jobs[i].next; j++)
			if (!jobs[j].follows && begins_with(&jobs[j], &jobs[i])) {
				jobs[i].next = &jobs[j];
				jobs[j].follows = true;
			}
}

struct queue {
	struct hash_job **first; /* of each chain, the longest chain first */
	size_t n;
	atomic_size_t next;
	atomic_uint_least64_t done; /* bytes */
	uint64_t total;
};

static void hash_piece(struct queue *queue, struct hash_ctx *ctx, struct span piece)
{
	while (piece.left > 0) {
		struct span chunk = { 0 };

		(void)span_take(&piece, piece.left < CHUNK_LEN ? piece.left : CHUNK_LEN, &chunk);
		hash_update(ctx, chunk.p, chunk.left);
		atomic_fetch_add(&queue->done, chunk.left);
	}
}

static void run_chain(struct queue *queue, struct hash_job *job)
{
	struct hash_ctx ctx;
	size_t done = 0;

	hash_init(&ctx, job->alg);
	for (; job; job = job->next) {
		struct hash_ctx fork;

		for (; done < job->n; done++)
			hash_piece(queue, &ctx, job->piece[done]);
		fork = ctx;
		hash_final(&fork, &job->digest);
	}
}

static void *work(void *arg)
{
	struct queue *queue = arg;
	size_t i;

	while ((i = atomic_fetch_add(&queue->next, 1)) < queue->n)
		run_chain(queue, queue->first[i]);
	return NULL;
}

static int longer_first(const void *a, const void *b)
{
	const struct hash_job *x = *(struct hash_job *const *)a;
	const struct hash_job *y = *(struct hash_job *const *)b;

	return x->len < y->len ? 1 : x->len > y->len ? -1 : 0;
}

/* Builds the chains, and counts the bytes to hash. false: out of memory. */
static bool fill_queue(struct queue *queue, struct hash_job *jobs, size_t n_jobs)
{
	queue->first = malloc(n_jobs * sizeof(struct hash_job *));
	if (!queue->first)
		return false;
	for (size_t i = 0; i < n_jobs; i++) {
		if (!jobs[i].follows)
			queue->first[queue->n++] = &jobs[i];
		queue->total += jobs[i].len;
		if (jobs[i].next) /* its bytes are hashed with the next one's */
			queue->total -= jobs[i].len;
	}
	qsort(queue->first, queue->n, sizeof(*queue->first), longer_first);
	return true;
}

void hash_jobs(struct hash_job *jobs, size_t n_jobs)
{
	struct queue queue = { 0 };

	link_jobs(jobs, n_jobs);
	if (!fill_queue(&queue, jobs, n_jobs)) { /* slower, not wrong */
		for (size_t i = 0; i < n_jobs; i++)
			if (!jobs[i].follows)
				run_chain(&queue, &jobs[i]);
		return;
	}
	on_all_cores(work, &queue, &queue.done, queue.total);
	free(queue.first);
}
