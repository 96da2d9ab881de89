/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is one file with an LLVMFuzzerTestOneInput(): it gives the
 * bytes to one parser and requires what its header promises, beyond that no sanitizer speaks.
 * Source: LLVM, "libFuzzer - a library for coverage-guided fuzz testing", section "Fuzz Target".
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/span.h"

/* The input, in a copy of exactly its size on the heap. Always 0, which says: keep it or not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the run, and libFuzzer keeps the input. */
static inline void require_at(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

#define require(holds) require_at((holds), #holds, __FILE__, __LINE__)

/* len bytes on the heap, exactly; free() it. */
static inline void *room(size_t len)
{
	void *p = malloc(len ? len : 1);

	if (!p)
		abort();
	return p;
}

/* Outputs are filled with this before a call that must not touch them when it fails. */
#define FRESH 0xa5

/* By memcmp(), which clang does not instrument byte by byte: a plan alone has 30 KB of them a run. */
static inline bool is_fresh(const void *p, size_t len)
{
	const uint8_t *byte = p;

	return len == 0 || (*byte == FRESH && !memcmp(byte, byte + 1, len - 1));
}

/* Whether the bytes of s are among those of whole; none are anywhere. */
static inline bool is_inside(struct span s, struct span whole)
{
	uintptr_t p = (uintptr_t)s.p, start = (uintptr_t)whole.p;

	return s.left == 0 ||
	       (p >= start && s.left <= whole.left && p - start <= whole.left - s.left);
}

static inline bool is_same(struct span a, struct span b)
{
	return a.left == b.left && (a.left == 0 || !memcmp(a.p, b.p, a.left));
}

/* One line of printable text, as errors and reports have it. */
static inline bool is_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

#endif
