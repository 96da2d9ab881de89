/* SPDX-License-Identifier: MIT */
/* jsonread() and jsonwire() judge every text alike, and read the same out of it. */
#include <errno.h>

#include "measure/record/jsonparse.h"
#include "measure/record/jsonread.h"
#include "measure/record/jsonwire.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH_MAX 8

static bool is_same_text(const char *text, size_t len, yyjson_val *other)
{
	return yyjson_is_str(other) && yyjson_get_len(other) == len &&
	       !memcmp(yyjson_get_str(other), text, len);
}

static bool is_same_value(const json_t *json, yyjson_val *other);

static bool is_same_list(const json_t *list, yyjson_val *other)
{
	size_t n = json_array_size(list);
	bool same = yyjson_is_arr(other) && yyjson_arr_size(other) == n;

	for (size_t i = 0; i < n && same; i++)
		same = is_same_value(json_array_get(list, i), yyjson_arr_get(other, i));
	return same;
}

static bool is_same_object(const json_t *object, yyjson_val *other)
{
	yyjson_obj_iter iter = yyjson_obj_iter_with(other);
	bool same = yyjson_is_obj(other) && yyjson_obj_size(other) == json_object_size(object);
	const char *name;
	json_t *value;
	size_t len;

	json_object_keylen_foreach((json_t *)(uintptr_t)object, name, len, value)
	{
		yyjson_val *key = same ? yyjson_obj_iter_next(&iter) : NULL;

		same = key && is_same_text(name, len, key) &&
		       is_same_value(value, yyjson_obj_iter_get_val(key));
	}
	return same;
}

static bool is_same_value(const json_t *json, yyjson_val *other)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return is_same_object(json, other);
	case JSON_ARRAY:
		return is_same_list(json, other);
	case JSON_STRING:
		return is_same_text(json_string_value(json), json_string_length(json), other);
	case JSON_INTEGER:
		return yyjson_is_int(other) && yyjson_get_sint(other) == json_integer_value(json);
	case JSON_REAL:
		return yyjson_is_real(other) &&
		       memcmp(&(double){ yyjson_get_real(other) },
			      &(double){ json_real_value(json) }, sizeof(double)) == 0;
	case JSON_TRUE:
		return yyjson_is_true(other);
	case JSON_FALSE:
		return yyjson_is_false(other);
	case JSON_NULL:
		return yyjson_is_null(other);
	}
	return false;
}

/* What only one takes: numbers that jansson has no room for, objects of more keys than jsonwire()
 * compares. */
static bool may_differ(int read, const struct rampart_error *why, int wire)
{
	return read < 0 ? strstr(why->text, "too big") || strstr(why->text, "number overflow")
			: wire == -EFBIG;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_error read_error = { "" }, wire_error = { "" };
	yyjson_doc *doc = NULL;
	json_t *json = NULL;
	int read = jsonread((const char *)data, size, DEPTH_MAX, &json, &read_error);
	int wire = jsonwire((const char *)data, size, DEPTH_MAX, &doc, &wire_error);
	char *text;

	require((read == 0) == (json != NULL) && (wire == 0) == (doc != NULL));
	require(read == 0 || (read_error.text[0] && is_line(read_error.text)));
	require(wire == 0 || (wire_error.text[0] && is_line(wire_error.text)));
	require((read == 0) == (wire == 0) || may_differ(read, &read_error, wire));
	if (read == 0 && wire == 0)
		require(is_same_value(json, yyjson_doc_get_root(doc)));
	if (wire == 0) {
		text = jsonparse_print(yyjson_doc_get_root(doc));
		require(text && !strchr(text, '\n'));
		free(text);
	}
	json_decref(json);
	yyjson_doc_free(doc);
	return 0;
}
