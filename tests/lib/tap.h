/* SPDX-License-Identifier: MIT */
/*
 * TAP (Test Anything Protocol, version 13) for C tests: ok(), is_int(), is_str(), then
 * `return tap_done();`.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int tap_n, tap_failed;

static inline int tap_line(int pass, const char *file, int line, const char *name)
{
	printf("%sok %d - %s\n", pass ? "" : "not ", ++tap_n, name);
	if (!pass) {
		printf("#   at %s:%d\n", file, line);
		tap_failed++;
	}
	return pass;
}

static inline int tap_int(int64_t got, int64_t want, const char *file, int line, const char *name)
{
	if (!tap_line(got == want, file, line, name))
		printf("#   got %" PRId64 ", expected %" PRId64 "\n", got, want);
	return got == want;
}

static inline int tap_str(const char *got, const char *want, const char *file, int line,
			  const char *name)
{
	int same = got && !strcmp(got, want);

	if (!tap_line(same, file, line, name))
		printf("#   got \"%s\"\n#   expected \"%s\"\n", got ? got : "(null)", want);
	return same;
}

/* Each says what it checks as a sentence about behaviour. */
#define ok(pass, name)		tap_line(!!(pass), __FILE__, __LINE__, name)
#define is_int(got, want, name) tap_int(got, want, __FILE__, __LINE__, name)
#define is_str(got, want, name) tap_str(got, want, __FILE__, __LINE__, name)

/* For what this machine does not let anybody find out. */
static inline void tap_skip(const char *name, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_n, name, why);
}

/* Prints the plan; the value for main to return. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed != 0;
}

#endif
