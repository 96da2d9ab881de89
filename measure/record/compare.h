/* SPDX-License-Identifier: MIT */
/* Golden events and logged ones, side by side: which of them differ. */
#ifndef MEASURE_RECORD_COMPARE_H
#define MEASURE_RECORD_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/record/golden.h"
#include "measure/record/records.h"

#define COMPARE_PER_PCR 8 /* the first ones say what happened; the rest follow from them */

/* Borrowed from what was compared. */
struct difference {
	enum rampart_difference_kind kind;
	enum hash_alg bank;
	const struct golden_event *expected; /* NULL: extra */
	const struct record *got;	     /* NULL: missing */
	unsigned pcr;
};

struct differences {
	bool types; /* the caller's: whether the type, which is not hashed, must be the same as well
		     */
	struct difference *list; /* free() it */
	size_t n;
};

/* Its public form; texts stay borrowed, digests are written to ret_hex: "" of an open event. */
struct difference_hex {
	char expected[HASH_HEX_MAX], got[HASH_HEX_MAX];
};
struct rampart_difference difference_public(const struct difference *diff,
					    struct difference_hex *ret_hex);

/*
 * Adds how the events of one PCR differ, by their digests in one bank, at most COMPARE_PER_PCR of
 * them. When memory runs out some are left out: this explains a verdict and makes none.
 */
void compare_pcr(const struct golden *golden, const struct records *records, enum hash_alg bank,
		 unsigned pcr, struct differences *differences);

/*
 * Golden events as a machine's log would have them, to be compared with other golden ones. Texts
 * are borrowed: free() ret_records->list and nothing else. -ENOMEM.
 */
int compare_as_records(const struct golden *golden, struct records *ret_records);

#endif
