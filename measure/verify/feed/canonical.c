/* SPDX-License-Identifier: MIT */
#include "measure/verify/feed/canonical.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"

/* Outputs fill up behind the first failure and are then worth nothing. */
struct out {
	char *text;
	size_t len, size;
	int failed; /* 0, -ENOMEM, -EPROTO */
};

static void put(struct out *out, const char *bytes, size_t len)
{
	if (len > out->size - out->len && !out->failed) {
		size_t size = 2 * out->size + len + 256;
		char *more = realloc(out->text, size);

		if (!more)
			out->failed = -ENOMEM;
		else
			out->text = more, out->size = size;
	}
	if (out->failed)
		return;
	memcpy(out->text + out->len, bytes, len);
	out->len += len;
}

static void put_string(struct out *out, const char *text, size_t len)
{
	put(out, "\"", 1);
	while (len > 0) {
		size_t plain = 0;

		while (plain < len && text[plain] != '"' && text[plain] != '\\')
			plain++;
		put(out, text, plain);
		text += plain;
		len -= plain;
		if (len > 0) {
			put(out, "\\", 1);
			put(out, text, 1);
			text++;
			len--;
		}
	}
	put(out, "\"", 1);
}

static void put_value(struct out *out, const json_t *value);

/* By bytes, which is by code points in UTF-8. */
static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_object(struct out *out, const json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	const char **keys = calloc(n + 1, sizeof(*keys)), *key;
	json_t *value;

	if (!keys) {
		out->failed = -ENOMEM;
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)object, key, value) keys[i++] = key;
	qsort(keys, n, sizeof(*keys), by_key);
	put(out, "{", 1);
	for (i = 0; i < n; i++) {
		put(out, ",", i > 0);
		put_string(out, keys[i], strlen(keys[i]));
		put(out, ":", 1);
		put_value(out, json_object_get(object, keys[i]));
	}
	put(out, "}", 1);
	free(keys);
}

static void put_array(struct out *out, const json_t *array)
{
	size_t n = json_array_size(array);

	put(out, "[", 1);
	for (size_t i = 0; i < n; i++) {
		put(out, ",", i > 0);
		put_value(out, json_array_get(array, i));
	}
	put(out, "]", 1);
}

static void put_value(struct out *out, const json_t *value)
{
	char number[24];
	const char *word = number;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_object(out, value);
		return;
	case JSON_ARRAY:
		put_array(out, value);
		return;
	case JSON_STRING:
		put_string(out, json_string_value(value), json_string_length(value));
		return;
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%" PRId64, (int64_t)json_integer_value(value));
		break;
	case JSON_TRUE:
		word = "true";
		break;
	case JSON_FALSE:
		word = "false";
		break;
	case JSON_NULL:
		word = "null";
		break;
	default:
		out->failed = -EPROTO;
		return;
	}
	put(out, word, strlen(word));
}

int canonical_json(const json_t *value, char **ret_text, size_t *ret_len,
		   struct rampart_error *error)
{
	struct out out = { 0 };

	put_value(&out, value);
	if (out.failed) {
		free(out.text);
		return out.failed == -ENOMEM
			       ? error_memory(error)
			       : error_set(error, -EPROTO, "a number in it is not a whole one");
	}
	*ret_text = out.text;
	*ret_len = out.len;
	return 0;
}
