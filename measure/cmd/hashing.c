/* SPDX-License-Identifier: MIT */
#include "hashing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 8

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

static void run_chain(struct hash_job *job)
{
	struct hash_ctx ctx;
	size_t done = 0;

	hash_init(&ctx, job->alg);
	for (; job; job = job->next) {
		struct hash_ctx fork;

		for (; done < job->n; done++)
			hash_update(&ctx, job->piece[done].p, job->piece[done].left);
		fork = ctx;
		hash_final(&fork, &job->digest);
	}
}

struct queue {
	struct hash_job **first; /* of each chain, the longest chain first */
	size_t n;
	atomic_size_t next;
};

static void *work(void *arg)
{
	struct queue *queue = arg;
	size_t i;

	while ((i = atomic_fetch_add(&queue->next, 1)) < queue->n)
		run_chain(queue->first[i]);
	return NULL;
}

static int longer_first(const void *a, const void *b)
{
	const struct hash_job *x = *(struct hash_job *const *)a;
	const struct hash_job *y = *(struct hash_job *const *)b;

	return x->len < y->len ? 1 : x->len > y->len ? -1 : 0;
}

void hash_jobs(struct hash_job *jobs, size_t n_jobs)
{
	struct queue queue = { .first = malloc(n_jobs * sizeof(struct hash_job *)) };
	pthread_t thread[THREADS_MAX - 1];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n_threads = 0;

	link_jobs(jobs, n_jobs);
	if (!queue.first) { /* slower, not wrong */
		for (size_t i = 0; i < n_jobs; i++)
			if (!jobs[i].follows)
				run_chain(&jobs[i]);
		return;
	}
	for (size_t i = 0; i < n_jobs; i++)
		if (!jobs[i].follows)
			queue.first[queue.n++] = &jobs[i];
	qsort(queue.first, queue.n, sizeof(*queue.first), longer_first);
	while (n_threads + 1 < THREADS_MAX && (long)n_threads + 1 < cores &&
	       pthread_create(&thread[n_threads], NULL, work, &queue) == 0)
		n_threads++;
	work(&queue);
	for (size_t i = 0; i < n_threads; i++)
		(void)pthread_join(thread[i], NULL);
	free(queue.first);
}
