/* SPDX-License-Identifier: MIT */
#include "measure/record/golden.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/event.h"
#include "measure/record/error.h"
#include "measure/record/goldenrules.h"

#define GOLDEN_SCHEMA	"rampart-golden/"
#define PLATFORM_SCHEMA "rampart-platform/"
#define EDITIONS	2
#define PCR_IDENTITY	15

/* Every PCR from zero through the events, in every bank. */
static void replay(struct golden *g)
{
	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		for (size_t pcr = 0; pcr < GOLDEN_PCRS; pcr++)
			g->value[bank][pcr] = (struct digest){ .alg = (enum hash_alg)bank };
		for (size_t i = 0; i < g->n_events && g->bank[bank]; i++)
			pcr_extend(&g->value[bank][g->event[i].pcr], &g->event[i].digest[bank]);
	}
}

const char *golden_settle(struct golden *g)
{
	replay(g);
	return rules_settle(g);
}

/* ---- a configuration that is not fixed ---- */

const char *golden_configure(struct golden *golden, struct span line, struct instance *ret_config)
{
	struct golden_event *open = golden_find_open(golden);
	struct instance config = { 0 };

	*ret_config = config;
	if (!open)
		return NULL;
	if (event_config_read((const char *)line.p, line.left, &config) < 0)
		return "its configuration cannot be read";
	if (config.given & ~golden->config.keys)
		return "its configuration has a key that is not accepted";
	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		open->has[bank] = golden->bank[bank];
		hash_bytes((enum hash_alg)bank, line.p, line.left, &open->digest[bank]);
	}
	open->open = false;
	replay(golden);
	*ret_config = config;
	return NULL;
}

int golden_copy(const struct golden *golden, struct golden *ret)
{
	struct golden_event *event = calloc(golden->n_events + 1, sizeof(*event));

	if (!event)
		return -ENOMEM;
	for (size_t i = 0; i < golden->n_events; i++)
		event[i] = golden->event[i];
	*ret = *golden;
	ret->json = NULL;
	ret->event = event;
	ret->is_copy = true;
	return 0;
}

/* ---- reading ---- */

/* A text that is being read, for the error's line. */
struct reading {
	const char *name;
	struct rampart_error *error;
};

static int refuse(const struct reading *r, const char *what)
{
	return error_set(r->error, -EPROTO, "%s: %s", r->name, what);
}

static bool read_digest(const json_t *hex, enum hash_alg alg, struct digest *ret)
{
	return json_is_string(hex) &&
	       digest_from_hex(alg, json_string_value(hex), json_string_length(hex), ret) == 0;
}

static bool read_event(const json_t *json, unsigned edition, struct golden_event *ev)
{
	const json_t *pcr = json_object_get(json, "pcr");

	ev->type = json_string_value(json_object_get(json, "type"));
	ev->what = json_string_value(json_object_get(json, "what"));
	if (!json_is_integer(pcr) || json_integer_value(pcr) < 0 ||
	    json_integer_value(pcr) >= GOLDEN_PCRS || !ev->type || !ev->what)
		return false;
	ev->pcr = (unsigned)json_integer_value(pcr);
	ev->open = true;
	for (size_t i = 0; i < _HASH_MAX; i++) {
		const json_t *hex = json_object_get(json, hash_name((enum hash_alg)i));

		ev->digest[i].alg = (enum hash_alg)i;
		ev->has[i] = hex;
		ev->open &= !hex;
		if (hex && !read_digest(hex, (enum hash_alg)i, &ev->digest[i]))
			return false;
	}
	ev->min = ev->max = 1;
	if (edition >= 2 && !rules_read_event(json, ev))
		return false;
	ev->open &= ev->by == GOLDEN_FIXED;
	return true;
}

/* Whether an event is the one without digests: that of a configuration which is not fixed. */
static bool is_left_open(const struct golden *g, const struct golden_event *ev)
{
	return ev->open && ev->pcr == EVENT_PCR_PLAN && g->config.accepted == GOLDENCONFIG_ANY;
}

/* What "config" says must be what the events do: the second one of PCR 8 is that of config. */
static int check_config(const struct reading *r, const struct golden *g)
{
	const struct golden_event *open = golden_find_open(g), *config = NULL;
	size_t n = 0, n_open = 0;
	struct event want;
	struct digest digest;

	if (g->config.accepted == GOLDENCONFIG_UNSAID)
		return 0;
	for (size_t i = 0; i < g->n_events; i++) {
		n_open += g->event[i].open;
		if (g->event[i].pcr == EVENT_PCR_PLAN && ++n == 2)
			config = &g->event[i];
	}
	if (g->config.accepted == GOLDENCONFIG_ANY)
		return n_open == 1 && open == config
			       ? 0
			       : refuse(r, "not exactly the config event without digests");
	if (event_config(&g->config.exact, &want) < 0 || !config)
		return refuse(r, "no config event");
	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		event_digest(&want, (enum hash_alg)bank, &digest);
		if (g->bank[bank] && !digest_equal(&digest, &config->digest[bank]))
			return refuse(r, "a config event of another configuration than \"config\"");
	}
	return 0;
}

/* Every event, each in all banks, and what they lead to. What names no image is a platform. */
static int read_events(const struct reading *r, struct golden *g)
{
	const json_t *events = json_object_get(g->json, "events"), *json;
	const char *what;
	size_t i;

	g->event = calloc(json_array_size(events) + 1, sizeof(*g->event));
	if (!g->event)
		return error_memory(r->error);
	json_array_foreach(events, i, json)
	{
		struct golden_event *ev = &g->event[g->n_events++];

		if (!read_event(json, g->edition, ev))
			return refuse(r, "malformed event");
		if (!g->image && !golden_is_platform(ev->pcr))
			return refuse(r,
				      "an event of a PCR that the firmware alone does not decide");
		for (size_t bank = 0; bank < _HASH_MAX; bank++)
			if (g->bank[bank] && !ev->has[bank] && ev->by == GOLDEN_FIXED &&
			    !is_left_open(g, ev))
				return refuse(r, "an event without a digest of each bank");
	}
	if (g->edition >= 2 && (what = rules_read(g)))
		return refuse(r, what);
	what = golden_settle(g);
	return what ? refuse(r, what) : check_config(r, g);
}

/* Of the second edition, every member of the bank is what would be written. */
static int compare_values(const struct reading *r, const json_t *values, const struct golden *g,
			  enum hash_alg bank)
{
	json_t *want = rules_bank_json(g, bank);
	bool same = want && json_equal(values, want);

	json_decref(want);
	return same ? 0 : refuse(r, "PCR values that are not those of the events and rules");
}

/* The values of one bank must be what the events lead to. */
static int read_values(const struct reading *r, const struct golden *g, const json_t *values,
		       const struct digest replayed[static GOLDEN_PCRS])
{
	if (json_object_size(values) != GOLDEN_PCRS)
		return refuse(r, "a bank without exactly the PCRs 0 to 15");
	for (unsigned i = 0; i < GOLDEN_PCRS; i++) {
		char name[4], hex[HASH_HEX_MAX];
		const json_t *pcr, *value;

		snprintf(name, sizeof(name), "%u", i);
		pcr = json_object_get(values, name);
		value = json_object_get(pcr, "value");
		digest_hex(&replayed[i], hex);
		if (!value || !json_is_string(json_object_get(pcr, "from")))
			return refuse(r, "a PCR without \"value\" and \"from\"");
		if (i == PCR_IDENTITY && !json_is_null(value))
			return refuse(r, "a value of PCR 15, which differs with every boot");
		if (golden_is_open(g, i)) {
			if (!json_is_null(value))
				return refuse(
					r,
					"a value of PCR 8 beside a configuration that is not fixed");
			continue;
		}
		if (i != PCR_IDENTITY &&
		    (!json_is_string(value) || strcmp(json_string_value(value), hex) != 0))
			return refuse(r, "a PCR value that is not the replay of the events");
	}
	return 0;
}

static int read_image(const struct reading *r, struct golden *g)
{
	const json_t *image = json_object_get(g->json, "image");
	const json_t *platform = json_object_get(g->json, "platform");
	const json_t *debug = json_object_get(image, "debug");

	g->image = json_string_value(json_object_get(image, "name"));
	g->version = json_string_value(json_object_get(image, "version"));
	g->platform = json_string_value(json_object_get(platform, "name"));
	g->shape = json_object_get(platform, "shape");
	if (!g->image || !g->version || !json_is_boolean(debug))
		return refuse(r, "\"image\" without name, version and debug");
	if (!g->platform || !json_is_object(g->shape))
		return refuse(r, "\"platform\" without name and shape");
	g->debug = json_is_true(debug);
	g->names_files =
		read_digest(json_object_get(image, "disk_sha256"), HASH_SHA256, &g->disk_sha256) &&
		read_digest(json_object_get(image, "uki_sha256"), HASH_SHA256, &g->uki_sha256);
	return 0;
}

static int read_golden(const struct reading *r, struct golden *g)
{
	json_t *pcrs = json_object_get(g->json, "pcrs"), *values;
	enum hash_alg bank;
	const char *name, *fault;
	int e;

	if (json_object_size(pcrs) == 0 || !json_is_array(json_object_get(g->json, "events")))
		return refuse(r, "\"pcrs\" or \"events\" missing");
	json_object_foreach(pcrs, name, values)
	{
		if (hash_from_name(name, strlen(name), &bank) < 0)
			return refuse(r, "unknown bank");
		g->bank[bank] = true;
	}
	e = read_image(r, g);
	fault = goldenconfig_read(json_object_get(g->json, "config"), &g->config);
	if (e == 0 && fault)
		e = refuse(r, fault);
	if (e == 0)
		e = read_events(r, g);
	for (size_t i = 0; i < _HASH_MAX && e == 0; i++)
		if (g->bank[i] && g->edition >= 2)
			e = compare_values(r, json_object_get(pcrs, hash_name((enum hash_alg)i)), g,
					   (enum hash_alg)i);
		else if (g->bank[i])
			e = read_values(r, g, json_object_get(pcrs, hash_name((enum hash_alg)i)),
					g->value[i]);
	return e;
}

static bool read_banks(const json_t *list, bool ret_banks[static _HASH_MAX])
{
	const json_t *name;
	enum hash_alg alg;
	size_t i;

	json_array_foreach(list, i, name)
	{
		if (!json_is_string(name) ||
		    hash_from_name(json_string_value(name), json_string_length(name), &alg) < 0)
			return false;
		ret_banks[alg] = true;
	}
	return json_array_size(list) > 0;
}

static int read_platform(const struct reading *r, struct golden *g)
{
	g->platform = json_string_value(json_object_get(g->json, "name"));
	g->shape = json_object_get(g->json, "shape");
	if (!g->platform || !json_is_object(g->shape))
		return refuse(r, "\"name\" or \"shape\" missing");
	if (!read_banks(json_object_get(g->json, "banks"), g->bank))
		return refuse(r, "\"banks\" is not a list of known banks");
	if (g->edition < 2 && json_array_size(json_object_get(g->json, "events")) == 0)
		return refuse(r, "\"events\" missing");
	return read_events(r, g);
}

/* "rampart-golden/2" of "rampart-golden/"; 0: neither that nor another that is known. */
static unsigned edition_of(const char *schema, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!schema || strncmp(schema, prefix, len) != 0)
		return 0;
	for (unsigned i = 1; i <= EDITIONS; i++)
		if (schema[len] == (char)('0' + i) && !schema[len + 1])
			return i;
	return 0;
}

static int parse(const struct reading *r, const char *text, size_t len, const char *schema,
		 int (*read)(const struct reading *r, struct golden *g), struct golden *ret)
{
	json_error_t where;
	struct golden g = { .json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where) };
	int e;

	if (!g.json)
		return error_set(r->error, -EBADMSG, "%s:%d: not JSON: %s", r->name, where.line,
				 where.text);
	g.edition = edition_of(json_string_value(json_object_get(g.json, "schema")), schema);
	if (g.edition > 0)
		e = read(r, &g);
	else
		e = error_set(r->error, -EPROTO, "%s: \"schema\" is not \"%s1\" or \"%s2\"",
			      r->name, schema, schema);
	if (e < 0)
		golden_done(&g);
	else
		*ret = g;
	return e;
}

int golden_parse(const char *name, const char *text, size_t len, struct golden *ret,
		 struct rampart_error *error)
{
	const struct reading r = { .name = name, .error = error };

	return parse(&r, text, len, GOLDEN_SCHEMA, read_golden, ret);
}

int platform_parse(const char *name, const char *text, size_t len, struct golden *ret,
		   struct rampart_error *error)
{
	const struct reading r = { .name = name, .error = error };

	return parse(&r, text, len, PLATFORM_SCHEMA, read_platform, ret);
}

void golden_done(struct golden *golden)
{
	json_decref(golden->json);
	free(golden->event);
	if (!golden->is_copy)
		rules_done(golden);
	*golden = (struct golden){ 0 };
}

/* ---- writing ---- */

static json_t *event_json(const struct golden_event *event, const bool bank[static _HASH_MAX])
{
	json_t *json = json_pack("{s:i, s:s}", "pcr", (int)event->pcr, "type", event->type);
	char hex[HASH_HEX_MAX];
	int r = json ? 0 : -1;

	for (size_t i = 0; i < _HASH_MAX && r == 0 && event->by == GOLDEN_FIXED; i++) {
		if (!bank[i] || event->open)
			continue;
		digest_hex(&event->digest[i], hex);
		r = json_object_set_new(json, hash_name((enum hash_alg)i), json_string(hex));
	}
	if (r == 0)
		r = rules_write_event(event, json);
	if (r == 0)
		r = json_object_set_new(json, "what", json_string(event->what));
	if (r == 0)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *events_json(const struct golden *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_events; i++)
		if (json_array_append_new(list, event_json(&g->event[i], g->bank)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *bank_json(const struct golden *g, const struct digest value[static GOLDEN_PCRS])
{
	json_t *json = json_object();

	for (unsigned i = 0; i < GOLDEN_PCRS; i++) {
		char name[4], hex[HASH_HEX_MAX];

		snprintf(name, sizeof(name), "%u", i);
		digest_hex(&value[i], hex);
		if (json_object_set_new(
			    json, name,
			    json_pack("{s:s?, s:s}", "value",
				      i == PCR_IDENTITY || golden_is_open(g, i) ? NULL : hex,
				      "from", golden_from(i))) < 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

static json_t *pcrs_json(const struct golden *g)
{
	json_t *json = json_object();

	for (size_t i = 0; i < _HASH_MAX; i++)
		if (g->bank[i] &&
		    json_object_set_new(json, hash_name((enum hash_alg)i),
					g->edition >= 2 ? rules_bank_json(g, (enum hash_alg)i)
							: bank_json(g, g->value[i])) < 0) {
			json_decref(json);
			return NULL;
		}
	return json;
}

json_t *golden_json(const struct golden *g, json_t *payloads)
{
	char disk[HASH_HEX_MAX], uki[HASH_HEX_MAX];

	digest_hex(&g->disk_sha256, disk);
	digest_hex(&g->uki_sha256, uki);
	return json_pack(
		"{s:s, s:{s:s, s:s, s:o*, s:b, s:s*, s:s*}, s:{s:s, s:O}, s:s*, s:o*, s:o*,"
		" s:o, s:o, s:o}",
		"schema", g->edition >= 2 ? GOLDEN_SCHEMA "2" : GOLDEN_SCHEMA "1", "image", "name",
		g->image, "version", g->version, "release",
		g->has_release ? json_integer(g->release) : NULL, "debug", g->debug, "disk_sha256",
		g->names_files ? disk : NULL, "uki_sha256", g->names_files ? uki : NULL, "platform",
		"name", g->platform, "shape", g->shape, "log", rules_log(g), "rules", rules_json(g),
		"config", goldenconfig_json(&g->config), "pcrs", pcrs_json(g), "events",
		events_json(g), "payloads", payloads);
}

json_t *platform_json(const struct golden *g)
{
	json_t *banks = json_array();

	for (size_t i = 0; i < _HASH_MAX; i++)
		if (g->bank[i])
			(void)json_array_append_new(banks,
						    json_string(hash_name((enum hash_alg)i)));
	return json_pack("{s:s, s:s, s:s*, s:O, s:o, s:s*, s:o*, s:o*, s:o}", "schema",
			 g->edition >= 2 ? PLATFORM_SCHEMA "2" : PLATFORM_SCHEMA "1", "name",
			 g->platform, "note", g->note, "shape", g->shape, "banks", banks, "log",
			 rules_log(g), "boot", rules_boot_json(g), "rules", rules_json(g), "events",
			 events_json(g));
}
