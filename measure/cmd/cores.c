/* SPDX-License-Identifier: MIT */
#include "measure/cmd/cores.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX  64
#define PROGRESS_LEN ((uint64_t)512 << 20) /* less takes no time worth a progress line */

/* Shows the progress of the threads now and then while they work. */
static void show_progress(const atomic_uint_least64_t *done, uint64_t total, atomic_uint *running)
{
	const struct timespec pause = { .tv_nsec = 200000000 };

	while (atomic_load(running) > 0) {
		fprintf(stderr, "\rhashing %2u %%", (unsigned)(atomic_load(done) * 100 / total));
		(void)nanosleep(&pause, NULL);
	}
	fputs("\r            \r", stderr);
}

struct crew {
	void *(*work)(void *);
	void *arg;
	atomic_uint running;
};

static void *run(void *arg)
{
	struct crew *crew = arg;

	(void)crew->work(crew->arg);
	atomic_fetch_sub(&crew->running, 1);
	return NULL;
}

void on_all_cores(void *(*work)(void *), void *arg, const atomic_uint_least64_t *done,
		  uint64_t total)
{
	struct crew crew = { .work = work, .arg = arg };
	bool show = total >= PROGRESS_LEN && isatty(STDERR_FILENO);
	pthread_t thread[THREADS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 0, wanted = cores > 1 ? (size_t)cores - 1 : 0;

	wanted += show;
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	while (n < wanted) {
		atomic_fetch_add(&crew.running, 1);
		if (pthread_create(&thread[n], NULL, run, &crew) != 0) { /* slower, not wrong */
			atomic_fetch_sub(&crew.running, 1);
			break;
		}
		n++;
	}
	if (show && n > 0)
		show_progress(done, total, &crew.running);
	else
		(void)work(arg);
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
}
