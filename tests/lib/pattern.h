/* SPDX-License-Identifier: MIT */
/*
 * Bytes to hash, and what other tools say of them. To make the answers anew:
 *
 *     python3 -c 'import sys; n = int(sys.argv[1])
 *     sys.stdout.buffer.write(bytes((i * 7 + i // 4096) % 251 for i in range(n)))' SIZE >file
 *     fsverity digest file; sha256sum file
 */
#ifndef TESTS_LIB_PATTERN_H
#define TESTS_LIB_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* No two blocks of 4096 bytes in a row are the same, nor are two pieces of any size. */
void pattern_fill(uint8_t *p, size_t len);

#define PATTERNS_N 15

extern const struct pattern {
	uint64_t size;
	const char *fsverity, *sha256; /* in hex */
} patterns[PATTERNS_N];

#endif
