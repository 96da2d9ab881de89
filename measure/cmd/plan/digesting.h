/* SPDX-License-Identifier: MIT */
/* Digests of model files as image.conf gives them, on all cores. */
#ifndef MEASURE_CMD_PLAN_DIGESTING_H
#define MEASURE_CMD_PLAN_DIGESTING_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/plan.h"

struct digesting {
	/* set by the caller */
	const char *where; /* begins an error line: "image.conf:7" */
	const char *path;
	const char *
		given; /* "sha256:<hex>" or "fsverity-sha256:<hex>"; NULL: any, of the kind that file.fsverity says */

	/* the results */
	struct plan_file file; /* digest, size, fsverity */
	const uint8_t *bytes;  /* the file, mapped; NULL if it is empty */
};

/*
 * Maps and hashes every file, and compares its digest with the expected one. 0, or EXIT_UNSURE
 * after an error line. Call digesting_done() in either case.
 */
int digest_files(const char *command, struct digesting *files, size_t n);
void digesting_done(struct digesting *files, size_t n);

#endif
