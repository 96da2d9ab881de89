/* SPDX-License-Identifier: MIT */
/*
 * What this user talked to: a file of JSON lines, each bound to the one before. rampart-history(1)
 * has the format. A line is a compact object with sorted keys, then its sum:
 *
 *	{"ak":...,"n":N,"prev":"HEX",...,"verdict":...,"sum":"HEX"}
 *
 * sum is the SHA-256 of the line without ,"sum":"HEX" and without the newline; prev is the sum of the
 * line before, or 64 zeroes; n counts from 1. Whoever can write the file can write another one that
 * holds: this shows faults and careless changes, and what was cut out of the middle.
 */
#ifndef MEASURE_CMD_HISTORY_H
#define MEASURE_CMD_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "measure/cmd/client/prooflog.h"
#include "measure/lib/span.h"

#define HISTORY_SUM 64 /* hex digits */

/*
 * Appends a line for a verdict to the file at path (NULL: history/history.jsonl of the state folder),
 * under a lock, and waits until the disk has it. A last line that was torn is cut off, which the new
 * line tells ("torn": bytes) and a warning, too. 0, or EXIT_UNSURE after an error line.
 */
int history_add(const char *command, const char *path, const struct prooflog_line *line);

/* A line as it was read. */
struct history_line {
	json_t *json; /* owned; NULL: it is none, or its sum is another */
	json_int_t n;
	char prev[HISTORY_SUM + 1], sum[HISTORY_SUM + 1];
};

/* A line without its newline. json_decref(ret->json). */
void history_parse(struct span line, struct history_line *ret);

#endif
