/* SPDX-License-Identifier: MIT */
#include "initramfs/common/backoff.h"

int64_t backoff_next(struct backoff *backoff, int64_t started_ms, int64_t now_ms, int64_t calm_ms)
{
	int64_t wait_ms = backoff->wait_ms;

	if (wait_ms == 0 || now_ms - started_ms >= calm_ms)
		wait_ms = BACKOFF_MIN_MS;
	backoff->wait_ms = wait_ms < BACKOFF_MAX_MS ? 2 * wait_ms : wait_ms;
	return (now_ms / wait_ms + 1) * wait_ms;
}
