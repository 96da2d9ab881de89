/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/goldenfile.h"

#include <stdio.h>
#include <stdlib.h>

#include "measure/cmd/cmd.h"

bool print_json(const json_t *json)
{
	return json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
}

static json_t *load(const char *command, const char *path,
		    int (*parse)(const char *name, const char *text, size_t len, json_t **ret_json,
				 struct rampart_error *error))
{
	AUTO_FREE uint8_t *text = NULL;
	struct rampart_error error;
	json_t *json = NULL;
	size_t len;
	int r = read_file(path, JSON_SIZE_MAX, &text, &len);

	if (r < 0)
		(void)fail_parse(command, path, r, NULL);
	else if (parse(path, (const char *)text, len, &json, &error) < 0)
		(void)fail(command, "%s", error.text);
	return json;
}

json_t *golden_load(const char *command, const char *path)
{
	return load(command, path, golden_parse);
}

json_t *platform_load(const char *command, const char *path)
{
	return load(command, path, platform_parse);
}
