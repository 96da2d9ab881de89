/* SPDX-License-Identifier: MIT */
#include "measure/record/jsonwire.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/jsonparse.h"
#include "measure/record/jsontext.h"

/* What yyjson takes and jsonread() does not. */
struct fault {
	const char *what; /* NULL: there is none */
	int code;
	yyjson_val *at; /* a string */
};

static struct fault bad_key(yyjson_val *object)
{
	yyjson_val *before[JSONWIRE_KEYS_MAX], *key;
	yyjson_obj_iter iter = yyjson_obj_iter_with(object);
	size_t n = 0;

	while ((key = yyjson_obj_iter_next(&iter))) {
		if (n == JSONWIRE_KEYS_MAX)
			return (struct fault){ "an object of too many keys", -EFBIG, key };
		for (size_t i = 0; i < n; i++)
			if (yyjson_equals_strn(before[i], yyjson_get_str(key), yyjson_get_len(key)))
				return (struct fault){ "not JSON: duplicate object key", -EBADMSG,
						       key };
		before[n++] = key;
	}
	return (struct fault){ 0 };
}

static struct fault find_fault(yyjson_doc *doc)
{
	size_t n = yyjson_doc_get_val_count(doc);
	struct fault fault = { 0 };

	for (size_t i = 0; i < n && !fault.what; i++) { /* all values and keys, in one row */
		yyjson_val *value = doc->root + i;

		if (yyjson_is_obj(value))
			fault = bad_key(value);
		else if (yyjson_is_str(value) &&
			 memchr(yyjson_get_str(value), 0, yyjson_get_len(value)))
			fault = (struct fault){ "not JSON: \\u0000 in a string", -EBADMSG, value };
	}
	return fault;
}

int jsonwire(const char *text, size_t len, size_t max_depth, yyjson_doc **ret_doc,
	     struct rampart_error *error)
{
	size_t deep = jsontext_too_deep(text, len, max_depth);
	yyjson_read_err err;
	struct fault fault;
	yyjson_doc *doc;

	if (deep > 0)
		return error_set(error, -EFBIG, "line %zu: nested deeper than %zu", deep,
				 max_depth);
	doc = jsonparse(text, len, &err);
	if (!doc && err.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
		return error_memory(error);
	if (!doc)
		return error_set(error, -EBADMSG, "line %zu: not JSON: %s",
				 jsontext_line(text, err.pos), err.msg);
	if (!yyjson_is_ctn(doc->root)) {
		yyjson_doc_free(doc);
		return error_set(error, -EBADMSG, "line 1: not JSON: neither an object nor a list");
	}
	fault = find_fault(doc);
	if (fault.what) { /* in the copy, where it is in the text */
		(void)error_set(
			error, fault.code, "line %zu: %s",
			jsontext_line(text, (size_t)(yyjson_get_str(fault.at) - doc->str_pool)),
			fault.what);
		yyjson_doc_free(doc);
		return fault.code;
	}
	*ret_doc = doc;
	return 0;
}

static bool is_known(yyjson_val *key, const char *const *keys)
{
	while (*keys && !yyjson_equals_str(key, *keys))
		keys++;
	return *keys;
}

int jsonwire_keys(yyjson_val *json, const char *name, const char *const *keys, size_t n_needed,
		  struct rampart_error *error)
{
	yyjson_obj_iter iter = yyjson_obj_iter_with(json);
	const char *dot = *name ? "." : "";
	yyjson_val *key;

	if (!yyjson_is_obj(json))
		return error_set(error, -EPROTO, "%s%snot an object", name, *name ? ": " : "");
	while ((key = yyjson_obj_iter_next(&iter)))
		if (!is_known(key, keys))
			return error_set(error, -EPROTO, "%s%s%.64s: unknown key", name, dot,
					 yyjson_get_str(key));
	for (size_t i = 0; i < n_needed; i++)
		if (!yyjson_obj_get(json, keys[i]))
			return error_set(error, -EPROTO, "%s%s%s: missing", name, dot, keys[i]);
	return 0;
}
