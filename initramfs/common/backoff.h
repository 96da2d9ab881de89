/* SPDX-License-Identifier: MIT */
/*
 * When something that ended is restarted: at a whole multiple of a wait since boot, and the wait
 * doubles with each end. A container that has seen a client could signal something to the host by
 * when it ends. The host sees only the restarts: it learns at most whether there was an end since
 * the last multiple, and soon only every 32 seconds.
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
 * When to restart what ran from started_ms to now_ms: after now_ms, by the wait at most. If it ran
 * for calm_ms or longer, the wait is the first one again.
 */
int64_t backoff_next(struct backoff *backoff, int64_t started_ms, int64_t now_ms, int64_t calm_ms);

#endif
