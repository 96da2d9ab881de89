/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/keeper.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "measure/cmd/client/search.h"
#include "measure/cmd/instant.h"

struct job {
	struct proxy *proxy;
	int place;
};

static int64_t next_proof(const struct proxy *p)
{
	return instant_ms() + (int64_t)p->setup.interval_s * 1000;
}

static void *job_main(void *arg)
{
	struct job job = *(struct job *)arg;
	struct proxy *p = job.proxy;
	struct live live = { .cut = -1, .place = -1 };
	char why[PROXY_WHY_MAX], name[PLACE_NAME_MAX];
	struct attested a;
	bool found;

	free(arg);
	found = search(p, job.place, &live, &a, why) == SEARCH_FOUND;
	search_done(p, &live, &a);
	pthread_mutex_lock(&p->lock);
	places_proved(&p->places, (unsigned)job.place, next_proof(p));
	if (!found) {
		unsigned n = live_cut(p->live, job.place, NULL);

		search_name(p, (unsigned)job.place, name);
		if (n > 0)
			fprintf(stderr, "rampart connect: %u connections to %s cut: %s\n", n, name,
				why);
	}
	pthread_mutex_unlock(&p->lock);
	(void)!eventfd_write(p->wake, 1);
	return NULL;
}

/* Under the lock. */
static void start_job(struct proxy *p, int place)
{
	struct job *job = malloc(sizeof(*job));
	pthread_t thread;

	if (job) {
		*job = (struct job){ .proxy = p, .place = place };
		if (pthread_create(&thread, NULL, job_main, job) == 0) {
			(void)pthread_detach(thread);
			return;
		}
		free(job);
	}
	places_proved(&p->places, (unsigned)place, 0);
	p->places.v[place].due = instant_ms() + PLACES_BACKOFF_MAX_MS;
}

static void *keeper_main(void *arg)
{
	struct proxy *p = arg;
	struct pollfd wake = { .fd = p->wake, .events = POLLIN };

	for (;;) {
		int64_t now = instant_ms(), wait;
		eventfd_t woken;
		int place;

		pthread_mutex_lock(&p->lock);
		while ((place = places_due(&p->places, now)) >= 0)
			start_job(p, place);
		wait = places_next(&p->places);
		pthread_mutex_unlock(&p->lock);
		wait = wait <= now ? 0 : wait - now;
		(void)poll(&wake, 1, wait < INT_MAX ? (int)wait : INT_MAX);
		(void)!eventfd_read(p->wake, &woken);
	}
	return NULL;
}

int keeper_start(struct proxy *p)
{
	pthread_t thread;

	pthread_mutex_lock(&p->lock);
	p->serving = true;
	pthread_mutex_unlock(&p->lock);
	return pthread_create(&thread, NULL, keeper_main, p) == 0 ? 0 : -1;
}
