/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/instant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure/lib/array.h"

#define SECONDS_MAX 12 /* digits */

static int parse_seconds(const char *digits, int64_t *ret_time)
{
	size_t n = strspn(digits, "0123456789");

	if (n == 0 || n > SECONDS_MAX || digits[n] != '\0')
		return -EINVAL;
	*ret_time = strtoll(digits, NULL, 10);
	return 0;
}

int instant_parse(const char *text, int64_t *ret_time)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d" };

	if (text[0] == '@')
		return parse_seconds(text + 1, ret_time);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);

		if (!end || *end != '\0')
			continue;
		*ret_time = timegm(&tm);
		return 0;
	}
	return -EINVAL;
}

void instant_print(int64_t time, char buf[static INSTANT_MAX])
{
	const time_t seconds = (time_t)time;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900 ||
	    strftime(buf, INSTANT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, INSTANT_MAX, "@%" PRId64, time);
}

int64_t instant_now(void)
{
	return (int64_t)time(NULL);
}

int64_t instant_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
