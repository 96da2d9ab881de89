/* SPDX-License-Identifier: MIT */
/* Golden values of a policy, read once, so that each machine is only compared with them. */
#ifndef MEASURE_RECORD_GOLDEN_VALUES_H
#define MEASURE_RECORD_GOLDEN_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "measure/rampart.h"
#include "measure/record/golden.h"
#include "measure/verify/signature/signers.h"

#define GOLDEN_COMPARED 15 /* PCR 0 to 14: PCR 15 differs with every boot */

struct golden_values {
	char *name;   /* owned: as given with it */
	json_t *json; /* owned: what the texts here and in event point to */
	const char *image, *version, *platform;
	bool debug;
	const json_t *shape; /* an object */
	char *shape_text;    /* owned */
	bool names_files;    /* the next two are there */
	struct digest disk_sha256, uki_sha256;
	struct digest sha256; /* of the text; this and the next are set by whoever has it */
	struct signed_by signed_by;
	bool bank[_HASH_MAX];
	struct digest value[_HASH_MAX][GOLDEN_PCRS]; /* that of PCR 15 means nothing */
	struct golden_event *event;		 /* owned: grouped by PCR, in order within each */
	size_t n_events, first[GOLDEN_PCRS + 1]; /* those of a PCR: first[pcr] to first[pcr + 1] */
};

/*
 * Takes over golden (of golden_parse()), also on failure. -EPROTO: image or platform is missing or
 * incomplete, or there is no bank sha256; ret_values untouched.
 */
int golden_values(const char *name, json_t *golden, struct golden_values *ret_values,
		  struct rampart_error *error);
void golden_values_done(struct golden_values *values);

#endif
