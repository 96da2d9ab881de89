/* SPDX-License-Identifier: MIT */
/* What commands print to standard output, in one form for all of them. */
#ifndef MEASURE_CMD_SHOW_H
#define MEASURE_CMD_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/hash.h"
#include "measure/rampart.h"
#include "measure/record/compare.h"

/* Text from outside: a terminal gets no control characters, and no bytes that are no UTF-8. */
void show_text(const char *text);

/* hex, filled in; NULL for NULL. */
const char *show_hex(const struct digest *digest, char hex[static HASH_HEX_MAX]);

/* One line: outcome, id, text. */
void show_check(enum rampart_outcome outcome, const char *id, const char *text);

/* A table of PCRs, with a headline for each bank. */
struct show_table {
	const char *left, *right; /* headlines of the two columns of values */
	const char *none;	  /* what stands for a value of the left that there is not */
	const char *bank;	  /* inside: of the row before */
};

struct show_row {
	const char *bank;
	unsigned pcr;
	const char *from;
	const char *left, *right; /* hex, of which the first digits are shown; NULL: none */
	const char *left_rule, *right_rule; /* what stands there instead; NULL: the table's word */
	const char *result;
};

void show_pcr(struct show_table *table, const struct show_row *row);

/* "PCR 4, 9" of those that are set; "" if none is. */
#define SHOW_PCRS_MAX 80
void show_pcrs(const bool pcr[static GOLDEN_PCRS], char ret[static SHOW_PCRS_MAX]);

/* What the two sides of a comparison are called. */
struct show_sides {
	const char *expected, *got;
	const char *extra, *missing; /* what an event is that only one side has */
	bool is_log;		     /* got is a log of a machine, and it is said where */
};

/* "changed", "retyped", or what the sides call it. */
const char *show_kind(const struct show_sides *sides, const struct rampart_difference *difference);

/* An empty line, the event that differs, and its digests. */
void show_difference(const struct show_sides *sides, const struct rampart_difference *difference);

/* "NOT CHECKED  PCR 1: why", in red on a terminal. */
void show_unchecked(unsigned pcr, const char *why);

/* The last line, after an empty one: "does not hold: reason". */
void show_verdict(enum rampart_outcome verdict, const char *reason);

/* The exit code for it. */
int show_code(enum rampart_outcome verdict);

/* code, or EXIT_UNSURE after an error line: not all was written. */
int show_end(const char *command, bool written, int code);

/* With a newline; takes over json. false: it could not be written, or json is NULL. */
bool show_json(json_t *json);

/* list with value, both taken over; NULL if memory ran out, once and for all. */
json_t *show_append(json_t *list, json_t *value);

#endif
