/* SPDX-License-Identifier: MIT */
/*
 * Signatures of ssh-keygen and minisign over tests/fixtures/signatures/text, and their keys, for
 * tests. The private keys are gone.
 */
#ifndef TESTS_SIGNATURES_H
#define TESTS_SIGNATURES_H

#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define SIGNATURES "tests/fixtures/signatures/"

/* A fixture, with a NUL behind it; free() text. Keys come without their newline. */
struct fixture {
	char *text;
	size_t len;
};

static inline struct fixture fixture(const char *name)
{
	struct fixture f = { 0 };
	char path[128];

	snprintf(path, sizeof(path), SIGNATURES "%s", name);
	f.text = (char *)slurp(path, &f.len);
	if (!f.text)
		abort();
	if (strstr(name, ".pub"))
		f.len--;
	f.text[f.len] = 0;
	return f;
}

static inline struct span bytes_of(const struct fixture *f)
{
	return span_of(f->text, f->len);
}

/* That a result is an error which says why. */
static inline void refused(int got, int want, const struct rampart_error *error, const char *why,
			   const char *name)
{
	is_int(got, want, name);
	if (!ok(strstr(error->text, why) != NULL, "and the error says so"))
		printf("#   got \"%s\"\n", error->text);
}

#endif
