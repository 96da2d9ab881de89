/* SPDX-License-Identifier: MIT */
/* Golden values and platform references from files, for commands. */
#ifndef MEASURE_CMD_GOLDEN_GOLDENFILE_H
#define MEASURE_CMD_GOLDEN_GOLDENFILE_H

#include "measure/record/golden.h"

#define JSON_SIZE_MAX                                                               \
	(16 << 20) /* bytes of a JSON file that we read; golden.json has some 20 KB \
		    */

/* Reads and checks a file, as golden_parse() and platform_parse() do. NULL after an error line. */
json_t *golden_load(const char *command, const char *path);
json_t *platform_load(const char *command, const char *path);

/* To standard output, with a newline; false if it could not be written. */
bool print_json(const json_t *json);

#endif
