/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/rate.h"

#define NS 1000000000

/* What one token takes to come back; rounded down: nobody gets less than was said. */
static int64_t each_ns(const struct plan_rate *rate)
{
	return (int64_t)rate->seconds * NS / rate->n;
}

/* A bucket that is full in the time of k tokens lacks k. */
int64_t rate_wait(const struct rate_bucket *bucket, const struct plan_rate *rate, int64_t now_ns)
{
	int64_t room = each_ns(rate) * (rate->n - 1);
	int64_t wait = bucket->full_ns - now_ns - room;

	return wait > 0 ? wait : 0;
}

void rate_take(struct rate_bucket *bucket, const struct plan_rate *rate, int64_t now_ns)
{
	if (bucket->full_ns < now_ns)
		bucket->full_ns = now_ns;
	bucket->full_ns += each_ns(rate);
}
