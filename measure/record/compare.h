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
 * Whether a value is one that golden accepts of this PCR. records: the machine's events, for PCRs
 * whose rule is about these (GOLDEN_EVENTS), where value has to be what they lead to, which is for
 * the caller to see; NULL: there are none, and such a PCR is not accepted.
 */
bool compare_accepts(const struct golden *golden, const struct records *records, enum hash_alg bank,
		     unsigned pcr, const struct digest *value);

/*
 * Whether the events of a PCR are those that golden has, each as often as it may come; with types,
 * also by their types. Of a PCR that is unchecked, or has only values, any are.
 */
bool compare_matches(const struct golden *golden, const struct records *records, enum hash_alg bank,
		     unsigned pcr, bool types);

/*
 * Whether golden is compared in this bank with a machine that has these: the first edition in each
 * of its banks, the second one in those that both have, and in golden_bank().
 */
bool compare_bank(const struct golden *golden, enum hash_alg bank,
		  const bool got[static _HASH_MAX]);

/* "one of several", "by events" or "NOT CHECKED"; NULL: exactly one value, or PCR 15. */
const char *compare_rule(const struct golden *golden, unsigned pcr);

/* Whether two golden values say the same of a PCR. */
bool compare_same(const struct golden *a, const struct golden *b, enum hash_alg bank, unsigned pcr);

/*
 * Golden events as a machine's log would have them, to be compared with other golden ones. Texts
 * are borrowed: free() ret_records->list and nothing else. -ENOMEM.
 */
int compare_as_records(const struct golden *golden, struct records *ret_records);

#endif
