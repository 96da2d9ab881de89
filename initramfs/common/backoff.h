/* SPDX-License-Identifier: MIT */
/*
 * When something that ended is started again: at a whole multiple of a wait since boot, and the
 * wait doubles with each end. Who sees the starts but not the ends (the host) learns at most
 * whether there was an end since the multiple before, and soon that only every 32 seconds: a
 * container that has seen a client could say something by the moments of its ends.
 */
#ifndef GUEST_BACKOFF_H
#define GUEST_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 32000

/* Zero-initialized. */
struct backoff {
	int64_t wait_ms; /* the next one; 0: the first */
};

/*
 * When to start what ran from started_ms to now_ms: later than now_ms, by the wait at most. If it
 * ran for calm_ms or longer, the wait is the first one again.
 */
int64_t backoff_next(struct backoff *backoff, int64_t started_ms, int64_t now_ms, int64_t calm_ms);

#endif
