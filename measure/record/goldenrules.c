/* SPDX-License-Identifier: MIT */
#include "measure/record/goldenrules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/pcrs.h"

#define LOG_ABSENT	  "may be absent"
#define EXIT_FAILURES_MAX 8
#define TIMES_MAX	  64
#define DATA_HEX_MAX	  4096
#define WHY_MAX		  300
#define APPLICATION	  "EV_EFI_BOOT_SERVICES_APPLICATION"
#define OUT_OF_MEMORY	  "out of memory"

static bool read_digest(const json_t *hex, enum hash_alg alg, struct digest *ret)
{
	return json_is_string(hex) &&
	       digest_from_hex(alg, json_string_value(hex), json_string_length(hex), ret) == 0;
}

/* ---- reading ---- */

/* [min, max] */
static bool read_times(const json_t *times, struct golden_event *ev)
{
	const json_t *min = json_array_get(times, 0), *max = json_array_get(times, 1);

	if (json_array_size(times) != 2 || !json_is_integer(min) || !json_is_integer(max) ||
	    json_integer_value(min) < 0 || json_integer_value(max) < 1 ||
	    json_integer_value(max) > TIMES_MAX ||
	    json_integer_value(min) > json_integer_value(max))
		return false;
	ev->has_times = true;
	ev->min = (unsigned)json_integer_value(min);
	ev->max = (unsigned)json_integer_value(max);
	return true;
}

/* Pairs of lower-case hex digits or dots. */
static bool is_mask(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i += 2)
		if (strspn(text + i, "0123456789abcdef") < 2 && strncmp(text + i, "..", 2) != 0)
			return false;
	return len % 2 == 0 && len <= DATA_HEX_MAX;
}

bool rules_read_event(const json_t *json, struct golden_event *ev)
{
	const json_t *times = json_object_get(json, "times"), *data = json_object_get(json, "data");
	const json_t *digest = json_object_get(json, "digest");
	const char *by = json_string_value(digest);

	if (times && !read_times(times, ev))
		return false;
	if (by && !strcmp(by, "data"))
		ev->by = GOLDEN_DATA;
	else if (by && !strcmp(by, "any"))
		ev->by = GOLDEN_ANY;
	else if (digest)
		return false;
	ev->data = json_string_value(data);
	if (data && (ev->by != GOLDEN_DATA || !ev->data || !is_mask(ev->data)))
		return false;
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (ev->has[i] && ev->by != GOLDEN_FIXED)
			return false;
	return true;
}

/* {"sha256": [hex, ...], ...} */
static const char *read_values(const json_t *values, struct golden_pcr *pcr)
{
	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		const json_t *list = json_object_get(values, hash_name((enum hash_alg)bank)), *hex;
		size_t n = json_array_size(list), i;

		if (n == 0)
			continue;
		if (n > RULES_VALUES_MAX)
			return "more values of a PCR than fit";
		pcr->value[bank] = calloc(n, sizeof(struct digest));
		if (!pcr->value[bank])
			return OUT_OF_MEMORY;
		json_array_foreach(list, i, hex)
		{
			if (!read_digest(hex, (enum hash_alg)bank, &pcr->value[bank][i]))
				return "a value in \"rules\" that is not a digest of its bank";
		}
		pcr->n[bank] = n;
	}
	pcr->rule = GOLDEN_VALUES;
	pcr->is_given = true;
	return NULL;
}

/* One that can stand on one line of a verdict. */
static bool is_sentence(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return len > 0 && len <= WHY_MAX;
}

static const char *read_rule(const json_t *json, struct golden_pcr *pcr)
{
	const json_t *values = json_object_get(json, "values");
	const json_t *why = json_object_get(json, "unchecked");

	if (json_object_size(json) != 1 || !values == !why)
		return "a rule that is neither \"values\" nor \"unchecked\"";
	if (values)
		return read_values(values, pcr);
	pcr->why = json_string_value(why);
	pcr->rule = GOLDEN_UNCHECKED;
	pcr->is_given = true;
	return is_sentence(pcr->why) ? NULL : "\"unchecked\" without a sentence that says why";
}

/* "0" to "15", without leading zeros. */
static int read_number(const char *text)
{
	char again[4];
	int pcr = atoi(text);

	snprintf(again, sizeof(again), "%u", (unsigned)pcr & 0xff);
	return pcr >= 0 && pcr < GOLDEN_PCRS && !strcmp(again, text) ? pcr : -1;
}

static const char *read_rules(struct golden *g)
{
	json_t *rules = json_object_get(g->json, "rules"), *rule;
	const char *name, *what = NULL;

	if (rules && !json_is_object(rules))
		return "\"rules\" is not an object";
	json_object_foreach(rules, name, rule)
	{
		int pcr = read_number(name);

		if (pcr < 0 || !golden_is_platform((unsigned)pcr))
			return "a rule of a PCR that the firmware alone does not decide";
		what = read_rule(rule, &g->pcr[pcr]);
		if (what)
			return what;
	}
	return NULL;
}

static const char *read_boot(const json_t *boot, struct golden_boot *ret)
{
	const json_t *images = json_object_get(boot, "images_pcr");
	const json_t *action = json_object_get(boot, "optional_action");
	const json_t *failures = json_object_get(boot, "exit_failures");
	size_t n = (images != NULL) + (action != NULL) + (failures != NULL);

	if (!boot)
		return NULL;
	if (!json_is_object(boot) || json_object_size(boot) != n)
		return "\"boot\" has something else than images_pcr, optional_action, exit_failures";
	if (images && (!json_is_integer(images) || json_integer_value(images) < 0 ||
		       json_integer_value(images) >= GOLDEN_PCRS ||
		       (json_integer_value(images) != 4 &&
			!golden_is_platform((unsigned)json_integer_value(images)))))
		return "\"images_pcr\" is not a PCR that a firmware measures images into";
	if (action && !json_is_boolean(action))
		return "\"optional_action\" is neither true nor false";
	if (failures && (!json_is_integer(failures) || json_integer_value(failures) < 0 ||
			 json_integer_value(failures) > EXIT_FAILURES_MAX))
		return "\"exit_failures\" is not a number from 0 to 8";
	ret->images_pcr = images ? (unsigned)json_integer_value(images) : 0;
	ret->optional_action = json_is_true(action);
	ret->exit_failures = failures ? (unsigned)json_integer_value(failures) : 0;
	return NULL;
}

const char *rules_read(struct golden *g)
{
	const json_t *log = json_object_get(g->json, "log");
	const json_t *note = json_object_get(g->json, "note");
	const json_t *release = json_object_get(json_object_get(g->json, "image"), "release");
	const char *what;

	if (!pcrs_bank_suffices(g->bank))
		return "a second edition without the bank sha256 or sha384";
	if (log && (!json_is_string(log) || strcmp(json_string_value(log), LOG_ABSENT) != 0))
		return "\"log\" is not \"" LOG_ABSENT "\"";
	g->log_optional = log;
	g->note = json_string_value(note);
	if (note && !is_sentence(g->note))
		return "\"note\" is not a line of text";
	if (release && (!json_is_integer(release) || json_integer_value(release) < 0 ||
			json_integer_value(release) > UINT32_MAX))
		return "\"release\" is not a number from 0 to 4294967295";
	g->has_release = release;
	g->release = (uint32_t)json_integer_value(release);
	what = g->image ? NULL : read_boot(json_object_get(g->json, "boot"), &g->boot);
	return what ? what : read_rules(g);
}

/* ---- what they come to ---- */

static void pcr_done(struct golden_pcr *pcr)
{
	for (size_t bank = 0; bank < _HASH_MAX; bank++)
		free(pcr->value[bank]);
	*pcr = (struct golden_pcr){ 0 };
}

void rules_done(struct golden *g)
{
	for (size_t i = 0; i < GOLDEN_PCRS; i++)
		pcr_done(&g->pcr[i]);
}

void rules_move(struct golden *from, struct golden *to)
{
	memcpy(to->pcr, from->pcr, sizeof(to->pcr));
	memset(from->pcr, 0, sizeof(from->pcr));
}

void rules_drop(struct golden *g, unsigned pcr)
{
	pcr_done(&g->pcr[pcr]);
}

/* Whether an event of this type is of a program that runs. */
static bool is_program(const char *type)
{
	return !strcmp(type, APPLICATION) || !strcmp(type, "EV_EFI_BOOT_SERVICES_DRIVER") ||
	       !strcmp(type, "EV_EFI_RUNTIME_SERVICES_DRIVER");
}

/* What one PCR's events are like. */
struct kind {
	size_t n, steps, applications;
	bool open;   /* of one the digest is not fixed */
	bool varies; /* one may come more or less than once */
};

static struct kind kind_of(const struct golden *g, unsigned pcr)
{
	struct kind kind = { 0 };

	for (size_t i = 0; i < g->n_events; i++) {
		const struct golden_event *ev = &g->event[i];

		if (ev->pcr != pcr)
			continue;
		kind.n++;
		kind.steps += ev->max;
		kind.applications += !strcmp(ev->type, APPLICATION) && ev->min > 0;
		kind.open |= ev->by != GOLDEN_FIXED;
		kind.varies |= ev->min != 1 || ev->max != 1;
	}
	return kind;
}

/* Every value that is one event further, for each time that it may come, in place of list. */
static bool extend(struct digest list[static RULES_VALUES_MAX], size_t *n,
		   const struct golden_event *ev, enum hash_alg bank)
{
	struct digest next[RULES_VALUES_MAX];
	size_t n_next = 0;

	for (size_t i = 0; i < *n; i++) {
		struct digest value = list[i];

		for (unsigned times = 0; times <= ev->max; times++) {
			if (times > 0)
				pcr_extend(&value, &ev->digest[bank]);
			if (times < ev->min)
				continue;
			if (n_next == RULES_VALUES_MAX)
				return false;
			next[n_next++] = value;
		}
	}
	memcpy(list, next, n_next * sizeof(*next));
	*n = n_next;
	return true;
}

/* All values that the events of a PCR lead to. */
static const char *list_values(struct golden *g, unsigned pcr, enum hash_alg bank)
{
	struct digest list[RULES_VALUES_MAX] = { { .alg = bank } };
	struct golden_pcr *rule = &g->pcr[pcr];
	size_t n = 1;

	for (size_t i = 0; i < g->n_events; i++)
		if (g->event[i].pcr == pcr && !extend(list, &n, &g->event[i], bank))
			return "events that may come in more ways than can be compared";
	rule->value[bank] = malloc(n * sizeof(*list));
	if (!rule->value[bank])
		return OUT_OF_MEMORY;
	memcpy(rule->value[bank], list, n * sizeof(*list));
	rule->n[bank] = n;
	return NULL;
}

static const char *settle_pcr(struct golden *g, unsigned pcr, const struct kind *kind)
{
	struct golden_pcr *rule = &g->pcr[pcr];
	const char *what = NULL;

	if (rule->is_given && kind->n > 0)
		return "a PCR with a rule and with events as well";
	if (rule->is_given && rule->rule == GOLDEN_VALUES && rule->n[golden_bank(g)] == 0)
		return g->bank[HASH_SHA256] ? "\"values\" of a PCR without any of sha256"
					    : "\"values\" of a PCR without any of sha384";
	if (rule->is_given)
		return NULL;
	pcr_done(rule);
	if (kind->steps > RULES_STEPS_MAX)
		return "more events of a PCR than can be compared";
	if (kind->open)
		rule->rule = GOLDEN_EVENTS;
	if (kind->open || !kind->varies)
		return NULL;
	rule->rule = GOLDEN_VALUES;
	for (size_t bank = 0; bank < _HASH_MAX && !what; bank++)
		if (g->bank[bank])
			what = list_values(g, pcr, (enum hash_alg)bank);
	return what;
}

/* Whether nothing is left open about the image. */
static const char *check_images(const struct golden *g)
{
	size_t n_pcrs = 0;

	for (size_t i = 0; i < g->n_events; i++) {
		const struct golden_event *ev = &g->event[i];

		if (ev->by == GOLDEN_FIXED)
			continue;
		if (!golden_is_platform(ev->pcr) ||
		    (g->boot.images_pcr && ev->pcr == g->boot.images_pcr))
			return "an event with an open digest in a PCR that the image decides";
		if (is_program(ev->type))
			return "a program whose digest is left open";
		if (golden_is_code(ev->pcr)) /* a type is a log's word, and is not measured */
			return "an event with an open digest in a PCR of programs, which a log may call anything";
	}
	if (g->boot.images_pcr && g->pcr[g->boot.images_pcr].is_given)
		return "a rule for the PCR where images are measured";
	for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++) {
		struct kind kind = kind_of(g, pcr);

		if (kind.applications == 0)
			continue;
		n_pcrs++;
		if (g->image && kind.open)
			return "an event with an open digest where images are measured";
	}
	if (!g->image)
		return NULL;
	return n_pcrs == 1   ? NULL
	       : n_pcrs == 0 ? "no event names an image: such values would accept any"
			     : "images in more than one PCR";
}

const char *rules_settle(struct golden *g)
{
	const char *what = g->edition >= 2 ? check_images(g) : NULL;

	for (unsigned pcr = 0; pcr < GOLDEN_PCRS && !what && g->edition >= 2; pcr++) {
		struct kind kind = kind_of(g, pcr);

		what = settle_pcr(g, pcr, &kind);
	}
	return what;
}

/* ---- writing ---- */

int rules_write_event(const struct golden_event *ev, json_t *json)
{
	int r = 0;

	if (ev->by != GOLDEN_FIXED)
		r = json_object_set_new(json, "digest",
					json_string(ev->by == GOLDEN_DATA ? "data" : "any"));
	if (r == 0 && ev->data)
		r = json_object_set_new(json, "data", json_string(ev->data));
	if (r == 0 && ev->has_times)
		r = json_object_set_new(json, "times",
					json_pack("[i, i]", (int)ev->min, (int)ev->max));
	return r;
}

static json_t *list_json(const struct digest *value, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		char hex[HASH_HEX_MAX];

		digest_hex(&value[i], hex);
		(void)json_array_append_new(list, json_string(hex));
	}
	return list;
}

static json_t *values_json(const struct golden_pcr *pcr)
{
	json_t *json = json_object();

	for (size_t bank = 0; bank < _HASH_MAX; bank++)
		if (pcr->n[bank] > 0)
			(void)json_object_set_new(json, hash_name((enum hash_alg)bank),
						  list_json(pcr->value[bank], pcr->n[bank]));
	return json;
}

json_t *rules_json(const struct golden *g)
{
	json_t *rules = NULL;

	for (unsigned i = 0; i < GOLDEN_PCRS; i++) {
		const struct golden_pcr *pcr = &g->pcr[i];
		char name[4];

		if (!pcr->is_given)
			continue;
		snprintf(name, sizeof(name), "%u", i);
		rules = rules ? rules : json_object();
		(void)json_object_set_new(rules, name,
					  pcr->rule == GOLDEN_UNCHECKED
						  ? json_pack("{s:s}", "unchecked", pcr->why)
						  : json_pack("{s:o}", "values", values_json(pcr)));
	}
	return rules;
}

json_t *rules_boot_json(const struct golden *g)
{
	const struct golden_boot *b = &g->boot;

	if (!b->images_pcr && !b->optional_action && !b->exit_failures)
		return NULL;
	return json_pack("{s:o*, s:o*, s:o*}", "images_pcr",
			 b->images_pcr ? json_integer(b->images_pcr) : NULL, "optional_action",
			 b->optional_action ? json_true() : NULL, "exit_failures",
			 b->exit_failures ? json_integer(b->exit_failures) : NULL);
}

const char *rules_log(const struct golden *g)
{
	return g->log_optional ? LOG_ABSENT : NULL;
}

static json_t *pcr_json(const struct golden *g, enum hash_alg bank, unsigned i)
{
	const struct golden_pcr *pcr = &g->pcr[i];
	bool exact = pcr->rule == GOLDEN_EXACT && i < GOLDEN_COMPARED && !golden_is_open(g, i);
	json_t *values = NULL;
	char hex[HASH_HEX_MAX];

	digest_hex(&g->value[bank][i], hex);
	if (pcr->rule == GOLDEN_VALUES)
		values = list_json(pcr->value[bank], pcr->n[bank]);
	return json_pack("{s:s?, s:s, s:o*, s:s*, s:s*}", "value", exact ? hex : NULL, "from",
			 golden_from(i), "values", values, "by",
			 pcr->rule == GOLDEN_EVENTS ? "events" : NULL, "unchecked",
			 pcr->rule == GOLDEN_UNCHECKED ? pcr->why : NULL);
}

json_t *rules_bank_json(const struct golden *g, enum hash_alg bank)
{
	json_t *json = json_object();

	for (unsigned i = 0; i < GOLDEN_PCRS; i++) {
		char name[4];

		snprintf(name, sizeof(name), "%u", i);
		if (json_object_set_new(json, name, pcr_json(g, bank, i)) < 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}
