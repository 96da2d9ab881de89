/* SPDX-License-Identifier: MIT */
#include "tests/lib/tap.h"

#include <errno.h>
#include <stdlib.h>

static int tap_n, tap_failed;

bool tap_line(bool pass, const char *file, int line, const char *name)
{
	printf("%sok %d - %s\n", pass ? "" : "not ", ++tap_n, name);
	if (!pass) {
		printf("#   at %s:%d\n", file, line);
		tap_failed++;
	}
	return pass;
}

bool tap_int(int64_t got, int64_t want, const char *file, int line, const char *name)
{
	if (!tap_line(got == want, file, line, name))
		printf("#   got %" PRId64 ", expected %" PRId64 "\n", got, want);
	return got == want;
}

bool tap_str(const char *got, const char *want, const char *file, int line, const char *name)
{
	bool same = got && !strcmp(got, want);

	if (!tap_line(same, file, line, name))
		printf("#   got \"%s\"\n#   expected \"%s\"\n", got ? got : "(null)", want);
	return same;
}

void tap_skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_n, name, why);
}

int tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed != 0;
}

void tap_bail_out(const char *what, const char *file, int line)
{
	printf("Bail out! %s:%d: does not hold: %s\n", file, line, what);
	exit(1);
}

void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}
