/* SPDX-License-Identifier: MIT */
/* The file of `rampart connect --log`: a line of JSON for each proof, see rampart-connect(1). */
#ifndef MEASURE_CMD_CLIENT_PROOFLOG_H
#define MEASURE_CMD_CLIENT_PROOFLOG_H

#include <stdint.h>

#include "measure/rampart.h"

/* Whether the file can be written, which is made if it is not there. 0 or negative errno. */
int prooflog_check(const char *path);

struct prooflog_line {
	int64_t time;	      /* Unix seconds */
	const char *machine;  /* "HOST:PORT", as asked for */
	const char *address;  /* "ADDRESS:PORT" */
	const char *identity; /* SHA-256 of its TLS key, hex; NULL: there was no channel */
	const char *verdict;  /* "holds", "fails", "unsure" */
	const char *reason;   /* NULL: it holds */
	const struct rampart_report *report; /* NULL: none */
};

/*
 * Opens the file, appends the line by one write and closes it again, so that the file can be moved
 * away at any time, and several programs can share it. 0 or negative errno.
 */
int prooflog_add(const char *path, const struct prooflog_line *line);

#endif
