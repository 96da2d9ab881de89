/* SPDX-License-Identifier: MIT */
#include "measure/cmd/show.h"

#include <stdio.h>

bool show_json(const json_t *json)
{
	return json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
}
