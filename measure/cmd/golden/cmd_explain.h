/* SPDX-License-Identifier: MIT */
/* What `rampart explain` found out, between the part that compares and the part that prints. */
#ifndef MEASURE_CMD_GOLDEN_CMD_EXPLAIN_H
#define MEASURE_CMD_GOLDEN_CMD_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/cmd/golden/goldenfile.h"
#include "measure/cmd/golden/recordfiles.h"
#include "measure/record/compare.h"

enum verdict { VERDICT_HOLDS, VERDICT_DIFFERS, VERDICT_UNSURE }; /* the exit codes */

/* One PCR of one bank. */
struct explain_row {
	enum hash_alg bank;
	unsigned pcr;
	const char *from; /* borrowed from the golden values */
	bool has_golden;  /* false: null, the value differs with every boot */
	struct digest golden, value, replayed;
	bool disagrees; /* the TPM and the kernel's files say different things */
	bool equal;	/* to the golden value; true if there is none */
	bool explained; /* the replay of the logs is the value */
};

struct explanation {
	bool from_tpm;	 /* values read from a TPM; else replayed from the logs */
	bool has_replay; /* there is a log to replay */
	struct explain_row *row;
	size_t n_rows;
	struct differences diff;
	enum verdict verdict;
	char reason[256]; /* why it is not VERDICT_HOLDS */
};

/* To standard output. false: it could not be written. */
bool explain_print(const struct explanation *e);
bool explain_print_json(const struct explanation *e);

#endif
