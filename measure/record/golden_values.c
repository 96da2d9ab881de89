/* SPDX-License-Identifier: MIT */
#include "measure/record/golden_values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"

/* Image and platform; what is wrong, or NULL. */
static const char *read_names(struct golden_values *v)
{
	const json_t *image = json_object_get(v->json, "image");
	const json_t *platform = json_object_get(v->json, "platform");
	const json_t *debug = json_object_get(image, "debug");

	v->image = json_string_value(json_object_get(image, "name"));
	v->version = json_string_value(json_object_get(image, "version"));
	v->platform = json_string_value(json_object_get(platform, "name"));
	v->shape = json_object_get(platform, "shape");
	if (!v->image || !v->version || !json_is_boolean(debug))
		return "\"image\" without name, version and debug";
	if (!v->platform || !json_is_object(v->shape))
		return "\"platform\" without name and shape";
	v->debug = json_is_true(debug);
	return NULL;
}

static bool read_sha256(const json_t *hex, struct digest *ret_sha256)
{
	return json_is_string(hex) && digest_from_hex(HASH_SHA256, json_string_value(hex),
						      json_string_length(hex), ret_sha256) == 0;
}

static void read_files(struct golden_values *v)
{
	const json_t *image = json_object_get(v->json, "image");

	v->names_files = read_sha256(json_object_get(image, "disk_sha256"), &v->disk_sha256) &&
			 read_sha256(json_object_get(image, "uki_sha256"), &v->uki_sha256);
}

static const char *read_values(struct golden_values *v)
{
	const json_t *pcrs = json_object_get(v->json, "pcrs");
	const json_t *events = json_object_get(v->json, "events");

	for (size_t i = 0; i < _HASH_MAX; i++) {
		v->bank[i] = json_object_get(pcrs, hash_name((enum hash_alg)i));
		if (v->bank[i] && golden_replay(events, (enum hash_alg)i, v->value[i]) < 0)
			return "malformed event";
	}
	return v->bank[HASH_SHA256] ? NULL : "no values of the bank sha256";
}

static const char *read_events(struct golden_values *v)
{
	const json_t *events = json_object_get(v->json, "events"), *event;
	size_t i;

	for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++) {
		v->first[pcr] = v->n_events;
		json_array_foreach(events, i, event)
		{
			struct golden_event ev;

			if (golden_event(event, &ev) < 0)
				return "malformed event";
			if (ev.pcr == pcr)
				v->event[v->n_events++] = ev;
		}
	}
	v->first[GOLDEN_PCRS] = v->n_events;
	return NULL;
}

int golden_values(const char *name, json_t *golden, struct golden_values *ret_values,
		  struct rampart_error *error)
{
	struct golden_values v = { .name = strdup(name), .json = golden };
	const char *what = read_names(&v);

	if (!what)
		what = read_values(&v);
	v.event = calloc(json_array_size(json_object_get(golden, "events")) + 1, sizeof(*v.event));
	v.shape_text = json_dumps(v.shape, JSON_COMPACT | JSON_SORT_KEYS);
	read_files(&v);
	if (!what && v.event && v.name && v.shape_text) {
		what = read_events(&v);
		if (!what) {
			*ret_values = v;
			return 0;
		}
	}
	golden_values_done(&v);
	return what ? error_set(error, -EPROTO, "%s: %s", name, what) : error_memory(error);
}

void golden_values_done(struct golden_values *values)
{
	json_decref(values->json);
	free(values->event);
	free(values->shape_text);
	free(values->name);
	*values = (struct golden_values){ 0 };
}
