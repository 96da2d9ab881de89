/* SPDX-License-Identifier: MIT */
#include "initramfs/common/clock.h"

int64_t clock_ms(clockid_t clock)
{
	struct timespec t = { 0 };

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
