/* SPDX-License-Identifier: MIT */
/* golden.json from the files that it is a function of. */
#ifndef MEASURE_CMD_GOLDEN_PREDICTION_H
#define MEASURE_CMD_GOLDEN_PREDICTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "measure/predict/predict.h"
#include "measure/record/goldenconfig.h"

struct prediction_files {
	const char *disk, *plan, *platform; /* paths */
	enum predict_medium medium;
	const char *uki;	 /* a name in EFI/Linux; NULL: there is only one */
	const char *keys_folder; /* keyfiles.h; NULL: a machine without Secure Boot */
	const char *config;	 /* the path of an instance configuration; NULL: none */
	const char *keys;	 /* names with commas between: any values of them; NULL: not so */
	/* What golden values that exist already say of it, instead of these two; NULL: nothing */
	const struct goldenconfig *accepted;
	const bool *banks; /* _HASH_MAX of them; NULL: those of the platform */
	bool has_release;
	uint32_t release; /* golden values of the second edition say which one of the image it is */
};

/* A new reference, or NULL after an error line. */
json_t *prediction_golden(const char *command, const struct prediction_files *files);

#endif
