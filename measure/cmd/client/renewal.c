/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "measure/cmd/client/feednews.h"
#include "measure/cmd/instant.h"

/*
 * How late an end may be noticed: the clock can be set, and a computer can sleep. A look at a feed
 * that does not answer comes on top (web.h), since one thread does both; new connections are judged
 * by their own proof meanwhile.
 */
#define TICK_S	5
#define LEAST_S 10 /* between two looks */
#define AGAIN_S 60 /* after one that failed */

/*
 * Sooner than every refresh_s seconds where the feed ends soon: with half of the time that is left there is another
 * look when one fails.
 */
static int64_t next_look(const struct renewal *r, int64_t now)
{
	int64_t wait = (rampart_feed_until(r->feed, NULL) - now) / 2;

	if (wait < LEAST_S)
		wait = LEAST_S;
	return now + (wait < r->refresh_s ? wait : r->refresh_s);
}

/* Ends the connections whose golden values have ended. */
static void cut_ended(struct proxy *p, int64_t now)
{
	unsigned n = 0;

	pthread_mutex_lock(&p->lock);
	for (struct live *l = p->live; l; l = l->next)
		if (l->golden[0] && rampart_policy_until(p->policy->policy, l->golden) <= now)
			n += live_cut_golden(p->live, l->golden);
	pthread_mutex_unlock(&p->lock);
	if (n > 0)
		fprintf(stderr,
			"rampart connect: %u connections cut: the golden values of their proof have ended\n",
			n);
}

static int look(struct renewal *r)
{
	struct rampart_policy *policy;
	struct rampart_feed *feed;

	if (trust_feed("connect", r->trust, &feed))
		return -1;
	if (trust_load("connect", r->trust, feed, &policy)) {
		rampart_feed_free(feed);
		return -1;
	}
	feednews(r->feed, feed);
	rampart_feed_free(r->feed);
	r->feed = feed;
	return proxy_policy_set(r->proxy, policy);
}

static void *renewal_main(void *arg)
{
	struct renewal *r = arg;
	int64_t next = next_look(r, instant_now());

	for (;;) {
		int64_t now = instant_now();

		if (now >= next || next - now > r->refresh_s) {
			bool looked = look(r) == 0;

			now = instant_now();
			next = looked ? next_look(r, now)
				      : now + (AGAIN_S < r->refresh_s ? AGAIN_S : r->refresh_s);
		}
		cut_ended(r->proxy, now);
		(void)sleep(TICK_S);
	}
	return NULL;
}

int renewal_start(const struct renewal *renewal)
{
	struct renewal *own = malloc(sizeof(*own));
	pthread_t thread;

	if (!own)
		return -1;
	*own = *renewal;
	if (pthread_create(&thread, NULL, renewal_main, own) != 0) {
		free(own);
		return -1;
	}
	(void)pthread_detach(thread);
	return 0;
}
