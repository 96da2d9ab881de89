/* SPDX-License-Identifier: MIT */
/*
 * TAP (Test Anything Protocol, version 13) for C tests: ok(), is_int(), is_str(), then
 * `return tap_done();`. Each check is named by a sentence about behaviour, and each returns
 * whether it passed. One program is one test: what was counted so far is in the module.
 */
#ifndef TESTS_LIB_TAP_H
#define TESTS_LIB_TAP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ok(pass, name)		tap_line(!!(pass), __FILE__, __LINE__, name)
#define is_int(got, want, name) tap_int(got, want, __FILE__, __LINE__, name)
#define is_str(got, want, name) tap_str(got, want, __FILE__, __LINE__, name)

/* Use the macros. A string that was got may be NULL, which is never what was wanted. */
bool tap_line(bool pass, const char *file, int line, const char *name);
bool tap_int(int64_t got, int64_t want, const char *file, int line, const char *name);
bool tap_str(const char *got, const char *want, const char *file, int line, const char *name);

/* For what this machine does not let anybody find out; why is printed. */
void tap_skip(const char *name, const char *why);

/* Prints the plan; the value for main to return. */
int tap_done(void);

/*
 * What the test itself cannot go on without: ends the program with "Bail out!", so that it fails.
 * must() says what did not hold, and where; die() says what it could not do, and errno.
 */
#define must(holds) ((holds) ? (void)0 : tap_bail_out(#holds, __FILE__, __LINE__))
__attribute__((noreturn)) void tap_bail_out(const char *what, const char *file, int line);
__attribute__((noreturn)) void die(const char *what);

#endif
