/* SPDX-License-Identifier: MIT */
/* When a container that ended is started again. */
#include "initramfs/common/backoff.h"

#include <stdbool.h>

#include "tests/lib/tap.h"

#define CALM_MS 600000

/* Each ends a moment after it was started. */
static void test_again_and_again(void)
{
	static const int64_t waits[] = { 1000, 2000, 4000, 8000, 16000, 32000, 32000, 32000 };
	struct backoff b = { 0 };
	int64_t started = 12345, at = 0;
	bool good = true;

	for (int i = 0; i < 8; i++) {
		int64_t now = started + 10;

		at = backoff_next(&b, started, now, CALM_MS);
		is_int(at % waits[i], 0, "a whole multiple of the wait");
		ok(at > now && at <= now + waits[i], "  the next one");
		good = good && at > started;
		started = at;
	}
	ok(good, "never in the past");
	at = backoff_next(&b, started, started + CALM_MS - 1, CALM_MS);
	is_int(at % 32000, 0, "one that ran almost long enough");
	is_int(backoff_next(&b, at, at + CALM_MS + 1, CALM_MS), at + CALM_MS + 1000,
	       "one that ran long enough: the first wait again");
	is_int(b.wait_ms, 2000, "  and from there on");
}

/* Two ends between the same multiples look the same. */
static void test_hidden(void)
{
	for (int64_t end = 64000; end < 96000; end += 1777) {
		struct backoff b = { .wait_ms = BACKOFF_MAX_MS };

		is_int(backoff_next(&b, 63000, end, CALM_MS), 96000,
		       "the moment of the end is hidden");
	}
}

int main(void)
{
	test_again_and_again();
	test_hidden();
	return tap_done();
}
