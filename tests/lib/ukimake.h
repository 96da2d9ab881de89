/* SPDX-License-Identifier: MIT */
/* PE32+ files with nothing but their sections, for what reads UKIs. */
#ifndef TESTS_LIB_UKIMAKE_H
#define TESTS_LIB_UKIMAKE_H

#include "tests/lib/bytes.h"

#define UKI_HEADERS_LEN 0x800
#define UKI_TABLE_OFF	(64 + 24 + 240)

struct part {
	const char *name, *text;
};

/* In place of what b holds; each section begins at a multiple of 16. */
void put_uki(struct bytes *b, const struct part *part, size_t n);

#endif
