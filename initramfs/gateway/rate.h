/* SPDX-License-Identifier: MIT */
/*
 * How often somebody may ask: a bucket of tokens (the plan's gateway.rate). It is full at first,
 * and holds what may come in one second, minute or hour; each request takes one, and they come back
 * one by one, evenly, in that time. Pure.
 */
#ifndef GATEWAY_RATE_H
#define GATEWAY_RATE_H

#include <stdint.h>

#include "measure/lib/plan.h"

/* Zero-initialized: full. */
struct rate_bucket {
	int64_t full_ns; /* when it will be */
};

/* Nanoseconds until there is a token; 0: now. now_ns: of one clock that only goes forward. */
int64_t rate_wait(const struct rate_bucket *bucket, const struct plan_rate *rate, int64_t now_ns);

/* Takes it. Only when there is one. */
void rate_take(struct rate_bucket *bucket, const struct plan_rate *rate, int64_t now_ns);

#endif
