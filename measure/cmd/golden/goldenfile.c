/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/goldenfile.h"

#include "measure/cmd/cmd.h"

static int load(const char *command, const char *path,
		int (*parse)(const char *name, const char *text, size_t len, struct golden *ret,
			     struct rampart_error *error),
		struct golden *ret)
{
	AUTO_FREE uint8_t *text = NULL;
	struct rampart_error error;
	size_t len;
	int r = read_file(path, JSON_SIZE_MAX, &text, &len);

	if (r < 0)
		return fail_parse(command, path, r, NULL);
	if (parse(path, (const char *)text, len, ret, &error) < 0)
		return fail(command, "%s", error.text);
	return 0;
}

int golden_load(const char *command, const char *path, struct golden *ret)
{
	return load(command, path, golden_parse, ret);
}

int platform_load(const char *command, const char *path, struct golden *ret)
{
	return load(command, path, platform_parse, ret);
}
