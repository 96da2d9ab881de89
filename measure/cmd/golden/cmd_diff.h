/* SPDX-License-Identifier: MIT */
/* What `rampart diff` found out, between the part that compares and the part that prints. */
#ifndef MEASURE_CMD_GOLDEN_CMD_DIFF_H
#define MEASURE_CMD_GOLDEN_CMD_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/cmd/golden/goldenfile.h"
#include "measure/record/compare.h"

/* One PCR of one bank. Without a value: PCR 15, which differs with every boot, or the file lacks
 * the bank. */
struct moved_row {
	enum hash_alg bank;
	unsigned pcr;
	const char *from;
	const struct digest *old_value, *new_value; /* borrowed from the files */
	bool same;
};

/* A member of "image" or "platform" that is not the same. Borrowed; NULL: not there. */
struct moved_member {
	const char *object, *name;
	const json_t *old_value, *new_value;
};

struct moves {
	struct moved_row *row;
	size_t n_rows;
	struct moved_member *member;
	size_t n_members;
	struct differences diff; /* expected: the old event, got: the new one */
	bool same;		 /* every row is */
};

/* To standard output. false: it could not be written. */
bool diff_print(const struct moves *moves);
bool diff_print_json(const struct moves *moves);

#endif
