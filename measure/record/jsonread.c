/* SPDX-License-Identifier: MIT */
#include "measure/record/jsonread.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/lines.h"

/* The index of the quote that ends the string whose first character is at i, or len. */
static size_t string_end(const char *text, size_t len, size_t i)
{
	const char *quote;

	while ((quote = memchr(text + i, '"', len - i))) {
		size_t end = (size_t)(quote - text), escapes = 0;

		while (end - escapes > i && text[end - escapes - 1] == '\\')
			escapes++;
		if (escapes % 2 == 0)
			return end;
		i = end + 1; /* a quote that is escaped: no escape reaches past it */
	}
	return len;
}

/* The line in which the nesting gets too deep; 0: it does not. Needs no valid JSON. */
static size_t too_deep(const char *text, size_t len, size_t max_depth)
{
	size_t depth = 0, line = 1;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '"') {
			i = string_end(text, len, i + 1);
		} else if (c == '[' || c == '{') {
			if (++depth > max_depth)
				return line;
		} else if (c == ']' || c == '}') {
			depth -= depth > 0;
		} else if (c == '\n') {
			line++;
		}
	}
	return 0;
}

int jsonread(const char *text, size_t len, size_t max_depth, json_t **ret_json,
	     struct rampart_error *error)
{
	struct span rest = span_of(text, len);
	json_error_t where;
	json_t *json;
	size_t line;

	lines_skip_bom(&rest); /* which jansson does not */
	text += len - rest.left;
	len = rest.left;
	line = too_deep(text, len, max_depth);

	if (line > 0)
		return error_set(error, -EFBIG, "line %zu: nested deeper than %zu", line,
				 max_depth);
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
