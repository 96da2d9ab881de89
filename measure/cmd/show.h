/* SPDX-License-Identifier: MIT */
/* What commands print, in one form for all of them. */
#ifndef MEASURE_CMD_SHOW_H
#define MEASURE_CMD_SHOW_H

#include <jansson.h>
#include <stdbool.h>

/* To standard output, with a newline; false if it could not be written. */
bool show_json(const json_t *json);

#endif
