/* SPDX-License-Identifier: MIT */
/*
 * Signatures of ssh-keygen and minisign over tests/fixtures/signatures/text, and their keys, for
 * tests. The private keys are gone.
 */
#ifndef TESTS_LIB_SIGNATURES_H
#define TESTS_LIB_SIGNATURES_H

#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define SIGNATURES "tests/fixtures/signatures/"

/* len bytes and a NUL behind them; free() text. */
struct fixture {
	char *text;
	size_t len;
};

/* A file of SIGNATURES, which must be there. Keys come without their newline. */
struct fixture fixture(const char *name);
struct span bytes_of(const struct fixture *f);

/* Two checks: that a result is this error, and that the error's text has the words why. */
void refused(int got, int want, const struct rampart_error *error, const char *why,
	     const char *name);

#endif
