/* SPDX-License-Identifier: MIT */
#include "measure/record/golden.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/record/error.h"

const char *golden_from(unsigned pcr)
{
	static const char *const from[GOLDEN_PCRS] = {
		"platform", "platform", "platform", "platform", "image",    "image",
		"platform", "platform", "plan",	    "image",	"constant", "image",
		"constant", "plan",	"plan",	    "identity",
	};

	return pcr < GOLDEN_PCRS ? from[pcr] : NULL;
}

int banks_from_text(const char *text, bool ret_banks[static _HASH_MAX])
{
	bool banks[_HASH_MAX] = { 0 };

	for (;;) {
		size_t len = strcspn(text, ",");
		enum hash_alg alg;

		if (hash_from_name(text, len, &alg) < 0)
			return -EINVAL;
		banks[alg] = true;
		if (!text[len])
			break;
		text += len + 1;
	}
	memcpy(ret_banks, banks, sizeof(banks));
	return 0;
}

int banks_from_json(const json_t *list, bool ret_banks[static _HASH_MAX])
{
	bool banks[_HASH_MAX] = { 0 };
	const json_t *name;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return -EINVAL;
	json_array_foreach(list, i, name)
	{
		enum hash_alg alg;

		if (!json_is_string(name) ||
		    hash_from_name(json_string_value(name), json_string_length(name), &alg) < 0)
			return -EINVAL;
		banks[alg] = true;
	}
	memcpy(ret_banks, banks, sizeof(banks));
	return 0;
}

int golden_event(const json_t *event, struct golden_event *ret_event)
{
	struct golden_event ev = { 0 };
	const json_t *pcr = json_object_get(event, "pcr");
	bool any = false;

	ev.type = json_string_value(json_object_get(event, "type"));
	ev.what = json_string_value(json_object_get(event, "what"));
	if (!json_is_integer(pcr) || json_integer_value(pcr) < 0 ||
	    json_integer_value(pcr) >= GOLDEN_PCRS || !ev.type || !ev.what)
		return -EBADMSG;
	ev.pcr = (unsigned)json_integer_value(pcr);
	for (size_t i = 0; i < _HASH_MAX; i++) {
		enum hash_alg alg = (enum hash_alg)i;
		const json_t *hex = json_object_get(event, hash_name(alg));

		if (!hex)
			continue;
		if (!json_is_string(hex) ||
		    digest_from_hex(alg, json_string_value(hex), json_string_length(hex),
				    &ev.digest[i]) < 0)
			return -EBADMSG;
		any = ev.has[i] = true;
	}
	if (!any)
		return -EBADMSG;
	*ret_event = ev;
	return 0;
}

json_t *golden_event_new(const struct golden_event *event, const bool banks[static _HASH_MAX])
{
	json_t *json = json_pack("{s:i, s:s}", "pcr", (int)event->pcr, "type", event->type);
	int r = json ? 0 : -1;

	for (size_t i = 0; i < _HASH_MAX && r == 0; i++) {
		char hex[HASH_HEX_MAX];

		if (!banks[i])
			continue;
		digest_hex(&event->digest[i], hex);
		r = json_object_set_new(json, hash_name((enum hash_alg)i), json_string(hex));
	}
	if (r == 0)
		r = json_object_set_new(json, "what", json_string(event->what));
	if (r == 0)
		return json;
	json_decref(json);
	return NULL;
}

int golden_replay(const json_t *events, enum hash_alg bank,
		  struct digest ret_pcrs[static GOLDEN_PCRS])
{
	struct digest pcrs[GOLDEN_PCRS] = { 0 };
	const json_t *event;
	size_t i;

	for (i = 0; i < GOLDEN_PCRS; i++)
		pcrs[i].alg = bank;
	json_array_foreach(events, i, event)
	{
		struct golden_event ev;

		if (golden_event(event, &ev) < 0 || !ev.has[bank])
			return -EBADMSG;
		pcr_extend(&pcrs[ev.pcr], &ev.digest[bank]);
	}
	memcpy(ret_pcrs, pcrs, sizeof(pcrs));
	return 0;
}

/* A JSON object of the given schema. */
static int parse(const char *name, const char *text, size_t len, const char *schema,
		 json_t **ret_json, struct rampart_error *error)
{
	json_error_t where;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	const char *found = json_string_value(json_object_get(json, "schema"));

	if (!json)
		return error_set(error, -EBADMSG, "%s:%d: not JSON: %s", name, where.line,
				 where.text);
	if (found && !strcmp(found, schema)) {
		*ret_json = json;
		return 0;
	}
	json_decref(json);
	return error_set(error, -EPROTO, "%s: \"schema\" is not \"%s\"", name, schema);
}

/* The values of one bank must be what the events lead to. NULL or what is wrong. */
static const char *bad_values(const json_t *values, const json_t *events, enum hash_alg bank)
{
	struct digest pcrs[GOLDEN_PCRS];

	if (json_object_size(values) != GOLDEN_PCRS)
		return "a bank without exactly the PCRs 0 to 15";
	if (golden_replay(events, bank, pcrs) < 0)
		return "malformed event";
	for (unsigned i = 0; i < GOLDEN_PCRS; i++) {
		char name[4], hex[HASH_HEX_MAX];
		const json_t *pcr, *value;

		snprintf(name, sizeof(name), "%u", i);
		pcr = json_object_get(values, name);
		value = json_object_get(pcr, "value");
		digest_hex(&pcrs[i], hex);
		if (!value || !json_is_string(json_object_get(pcr, "from")))
			return "a PCR without \"value\" and \"from\"";
		if (json_is_null(value) && i == 15)
			continue;
		if (!json_is_string(value) || strcmp(json_string_value(value), hex) != 0)
			return "a PCR value that is not the replay of the events";
	}
	return NULL;
}

static const char *bad_golden(json_t *golden)
{
	json_t *pcrs = json_object_get(golden, "pcrs"), *values;
	const json_t *events = json_object_get(golden, "events");
	const char *name;

	if (!json_is_object(pcrs) || json_object_size(pcrs) == 0 || !json_is_array(events))
		return "\"pcrs\" or \"events\" missing";
	json_object_foreach(pcrs, name, values)
	{
		enum hash_alg bank;
		const char *what;

		if (hash_from_name(name, strlen(name), &bank) < 0)
			return "unknown bank";
		what = bad_values(values, events, bank);
		if (what)
			return what;
	}
	return NULL;
}

/* Takes over json; what is wrong with it, or NULL. */
static int give(const char *name, json_t *json, const char *what, json_t **ret_json,
		struct rampart_error *error)
{
	if (!what) {
		*ret_json = json;
		return 0;
	}
	json_decref(json);
	return error_set(error, -EPROTO, "%s: %s", name, what);
}

int golden_parse(const char *name, const char *text, size_t len, json_t **ret_golden,
		 struct rampart_error *error)
{
	json_t *golden;
	int r = parse(name, text, len, GOLDEN_SCHEMA, &golden, error);

	return r < 0 ? r : give(name, golden, bad_golden(golden), ret_golden, error);
}

static const char *bad_platform(const json_t *platform)
{
	const json_t *events = json_object_get(platform, "events"), *event;
	bool banks[_HASH_MAX];
	size_t i;

	if (!json_is_string(json_object_get(platform, "name")) ||
	    !json_is_object(json_object_get(platform, "shape")))
		return "\"name\" or \"shape\" missing";
	if (banks_from_json(json_object_get(platform, "banks"), banks) < 0)
		return "\"banks\" is not a list of known banks";
	if (!json_is_array(events) || json_array_size(events) == 0)
		return "\"events\" missing";
	json_array_foreach(events, i, event)
	{
		struct golden_event ev;

		if (golden_event(event, &ev) < 0)
			return "malformed event";
		if (strcmp(golden_from(ev.pcr), "platform") != 0)
			return "an event of a PCR that the firmware alone does not decide";
		for (size_t bank = 0; bank < _HASH_MAX; bank++)
			if (banks[bank] && !ev.has[bank])
				return "an event without a digest of each bank";
	}
	return NULL;
}

int platform_parse(const char *name, const char *text, size_t len, json_t **ret_platform,
		   struct rampart_error *error)
{
	json_t *platform;
	int r = parse(name, text, len, PLATFORM_SCHEMA, &platform, error);

	return r < 0 ? r : give(name, platform, bad_platform(platform), ret_platform, error);
}
