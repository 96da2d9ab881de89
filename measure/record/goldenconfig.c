/* SPDX-License-Identifier: MIT */
#include "measure/record/goldenconfig.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What is in an object beside "accepted" must be what belongs to that, and nothing else. */
static bool has_only(const json_t *json, const char *member)
{
	return json_object_size(json) == (member ? 2u : 1u) &&
	       (!member || json_object_get(json, member));
}

/* Through the configuration's own text, so that its parser judges. */
static const char *read_exact(json_t *values, struct instance *ret)
{
	char text[INSTANCE_TEXT_MAX];
	struct instance_fault fault;
	const char *name;
	json_t *value;
	size_t len = 0;

	json_object_foreach(values, name, value)
	{
		const char *s = json_string_value(value);

		if (!s || strlen(s) != json_string_length(value) || strpbrk(s, " \t\n#") ||
		    len + strlen(name) + strlen(s) + 2 >= sizeof(text))
			return "\"config\" with a value that is none";
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s=%s\n", name, s);
	}
	if (len == 0 || instance_parse(text, len, INSTANCE_ALL, ret, &fault) < 0)
		return "\"config\" with values that are no instance configuration";
	return NULL;
}

static const char *read_keys(const json_t *keys, unsigned *ret)
{
	const json_t *name;
	unsigned set = 0;
	size_t i;

	json_array_foreach(keys, i, name)
	{
		enum instance_key key = json_is_string(name)
						? instance_key_find(json_string_value(name),
								    json_string_length(name))
						: INSTANCE_KEYS_N;

		if (key == INSTANCE_KEYS_N || set & 1u << key)
			return "\"config\" with a key that an instance configuration has not, or twice";
		set |= 1u << key;
	}
	*ret = set;
	return set ? NULL : "\"config\" without \"keys\"";
}

const char *goldenconfig_read(const json_t *json, struct goldenconfig *ret)
{
	const char *accepted = json_string_value(json_object_get(json, "accepted"));
	struct goldenconfig config = { 0 };
	const char *fault = NULL;

	if (json && !accepted)
		return "\"config\" without \"accepted\"";
	if (!json) {
		config.accepted = GOLDENCONFIG_UNSAID;
	} else if (!strcmp(accepted, "none") && has_only(json, NULL)) {
		config.accepted = GOLDENCONFIG_NONE;
	} else if (!strcmp(accepted, "exact") && has_only(json, "values")) {
		config.accepted = GOLDENCONFIG_EXACT;
		fault = read_exact(json_object_get(json, "values"), &config.exact);
	} else if (!strcmp(accepted, "any") && has_only(json, "keys")) {
		config.accepted = GOLDENCONFIG_ANY;
		fault = read_keys(json_object_get(json, "keys"), &config.keys);
	} else {
		fault = "\"config\" that is not none, exact with values, or any with keys";
	}
	if (!fault)
		*ret = config;
	return fault;
}

static json_t *exact_json(const struct instance *instance)
{
	json_t *values = json_object();

	for (enum instance_key key = 0; key < INSTANCE_KEYS_N; key++)
		if (instance->given & 1u << key)
			(void)json_object_set_new(values, instance_keys[key],
						  json_string(instance->value[key]));
	return json_pack("{s:s, s:o}", "accepted", "exact", "values", values);
}

static json_t *any_json(unsigned keys)
{
	json_t *list = json_array();

	for (enum instance_key key = 0; key < INSTANCE_KEYS_N; key++)
		if (keys & 1u << key)
			(void)json_array_append_new(list, json_string(instance_keys[key]));
	return json_pack("{s:s, s:o}", "accepted", "any", "keys", list);
}

json_t *goldenconfig_json(const struct goldenconfig *config)
{
	switch (config->accepted) {
	case GOLDENCONFIG_UNSAID:
		return NULL;
	case GOLDENCONFIG_NONE:
		return json_pack("{s:s}", "accepted", "none");
	case GOLDENCONFIG_EXACT:
		return exact_json(&config->exact);
	case GOLDENCONFIG_ANY:
		return any_json(config->keys);
	}
	return NULL;
}

void goldenconfig_instance(const struct instance *instance, char ret_text[static INSTANCE_TEXT_MAX])
{
	size_t len = instance_text(instance, "", "=", ", ", ret_text);

	if (len > 0)
		ret_text[len - 2] = '\0';
	else
		(void)snprintf(ret_text, INSTANCE_TEXT_MAX, "none");
}

void goldenconfig_words(const struct goldenconfig *config,
			char ret_text[static GOLDENCONFIG_WORDS_MAX])
{
	char text[INSTANCE_TEXT_MAX];

	if (config->accepted == GOLDENCONFIG_ANY) {
		instance_names(config->keys, ", ", text);
		(void)snprintf(ret_text, GOLDENCONFIG_WORDS_MAX, "none, or any values of %s", text);
		return;
	}
	goldenconfig_instance(&config->exact, text);
	(void)snprintf(ret_text, GOLDENCONFIG_WORDS_MAX, "%s%s",
		       config->exact.given ? "exactly " : "", text);
}
