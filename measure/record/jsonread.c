/* SPDX-License-Identifier: MIT */
#include "measure/record/jsonread.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/jsontext.h"

int jsonread(const char *text, size_t len, size_t max_depth, json_t **ret_json,
	     struct rampart_error *error)
{
	size_t line = jsontext_too_deep(text, len, max_depth);
	const char *nul = len > 0 ? memchr(text, 0, len) : NULL;
	json_error_t where;
	json_t *json;

	if (line > 0)
		return error_set(error, -EFBIG, "line %zu: nested deeper than %zu", line,
				 max_depth);
	if (nul) /* which jansson passes over behind a number */
		return error_set(error, -EBADMSG, "line %zu: not JSON: a NUL",
				 jsontext_line(text, (size_t)(nul - text)));
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	if (!json)
		return error_set(error, -EBADMSG, "line %d: not JSON: %s", where.line, where.text);
	*ret_json = json;
	return 0;
}

static bool is_known(const char *key, const char *const *keys)
{
	while (*keys && strcmp(*keys, key) != 0)
		keys++;
	return *keys;
}

int jsonread_keys(const json_t *json, const char *name, const char *const *keys, size_t n_needed,
		  struct rampart_error *error)
{
	const char *dot = *name ? "." : "", *key;
	json_t *value;

	if (!json_is_object(json))
		return error_set(error, -EPROTO, "%s%snot an object", name, *name ? ": " : "");
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		if (!is_known(key, keys))
			return error_set(error, -EPROTO, "%s%s%.64s: unknown key", name, dot, key);
	}
	for (size_t i = 0; i < n_needed; i++)
		if (!json_object_get(json, keys[i]))
			return error_set(error, -EPROTO, "%s%s%s: missing", name, dot, keys[i]);
	return 0;
}
