/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/cmd_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/recordfiles.h"

const char diff_help[] =
	"usage: rampart diff OLD NEW [--json]\n"
	"\n"
	"Compares two files of golden values: which PCR values moved, and for each of them the "
	"events\n"
	"that did it, with the file, section or input that the event is about. What is said of "
	"the image\n"
	"and the platform is compared as well; it moves no value by itself.\n"
	"\n"
	"Exit code: 0 every value is the same, 1 some moved, 2 could not tell.\n";

/* One of the two files. */
struct side {
	const char *path;
	json_t *golden;
	struct golden_event *event;
	size_t n_events;
};

static int load_side(struct side *side)
{
	const json_t *events, *event;
	size_t i;

	side->golden = golden_load("diff", side->path);
	if (!side->golden)
		return EXIT_UNSURE;
	events = json_object_get(side->golden, "events");
	side->event = calloc(json_array_size(events) + 1, sizeof(*side->event));
	if (!side->event)
		return fail("diff", "out of memory");
	json_array_foreach(events, i, event)
	{
		if (golden_event(event, &side->event[i]) < 0)
			return fail("diff", "%s: malformed event %zu", side->path, i);
		side->n_events++;
	}
	return 0;
}

static void free_side(struct side *side)
{
	free(side->event);
	json_decref(side->golden);
}

/* The new events as a machine's log would have them, which is what can be compared with golden
 * ones. */
static int as_records(const struct side *side, struct records *records)
{
	records->list = calloc(side->n_events + 1, sizeof(*records->list));
	for (size_t i = 0; records->list && i < side->n_events; i++) {
		const struct golden_event *event = &side->event[i];
		struct record *rec = &records->list[records->n++];

		*rec = (struct record){ .number = i, .pcr = event->pcr };
		rec->type_name = strdup(event->type);
		rec->what = strdup(event->what);
		memcpy(rec->has, event->has, sizeof(rec->has));
		memcpy(rec->digest, event->digest, sizeof(rec->digest));
		if (!rec->type_name || !rec->what)
			return fail("diff", "out of memory");
	}
	return records->list ? 0 : fail("diff", "out of memory");
}

static const json_t *bank_of(const struct side *side, enum hash_alg bank)
{
	return json_object_get(json_object_get(side->golden, "pcrs"), hash_name(bank));
}

static void add_row(struct moves *moves, const struct side *side, enum hash_alg bank, unsigned pcr)
{
	struct moved_row *row = &moves->row[moves->n_rows++];
	const json_t *entry[2];
	char name[4];

	snprintf(name, sizeof(name), "%u", pcr);
	for (size_t i = 0; i < 2; i++)
		entry[i] = json_object_get(bank_of(&side[i], bank), name);
	*row = (struct moved_row){
		.bank = bank,
		.pcr = pcr,
		.from = json_string_value(json_object_get(entry[entry[1] != NULL], "from")),
		.old_value = json_string_value(json_object_get(entry[0], "value")),
		.new_value = json_string_value(json_object_get(entry[1], "value")),
	};
	row->same =
		entry[0] && entry[1] &&
		json_equal(json_object_get(entry[0], "value"), json_object_get(entry[1], "value"));
	moves->same = moves->same && row->same;
}

/* Events are compared where both files have the bank's digests, as golden_parse() made sure. */
static void compare_bank(struct moves *moves, const struct side *side,
			 const struct records *new_events, enum hash_alg bank)
{
	const json_t *old_bank = bank_of(&side[0], bank), *new_bank = bank_of(&side[1], bank);

	if (!old_bank && !new_bank)
		return;
	for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++) {
		add_row(moves, side, bank, pcr);
		if (old_bank && new_bank)
			compare_pcr(side[0].event, side[0].n_events, new_events, bank, pcr,
				    &moves->diff);
	}
}

/* Members of one object that differ; those that only the new one has come last. */
static void compare_members(struct moves *moves, const struct side *side, const char *object)
{
	json_t *old_object = json_object_get(side[0].golden, object);
	json_t *new_object = json_object_get(side[1].golden, object), *value;
	const char *name;

	json_object_foreach(old_object, name, value)
	{
		const json_t *other = json_object_get(new_object, name);

		if (!other || !json_equal(value, other))
			moves->member[moves->n_members++] =
				(struct moved_member){ object, name, value, other };
	}
	json_object_foreach(new_object, name, value)
	{
		if (!json_object_get(old_object, name))
			moves->member[moves->n_members++] =
				(struct moved_member){ object, name, NULL, value };
	}
}

static int compare(struct moves *moves, const struct side *side, const struct records *new_events)
{
	static const char *const objects[] = { "image", "platform" };
	size_t n_members = 0;

	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 2; j++)
			n_members += json_object_size(json_object_get(side[j].golden, objects[i]));
	moves->row = calloc(_HASH_MAX * GOLDEN_PCRS, sizeof(*moves->row));
	moves->member = calloc(n_members + 1, sizeof(*moves->member));
	if (!moves->row || !moves->member)
		return fail("diff", "out of memory");
	for (size_t i = 0; i < _HASH_MAX; i++)
		compare_bank(moves, side, new_events, (enum hash_alg)i);
	for (size_t i = 0; i < 2; i++)
		compare_members(moves, side, objects[i]);
	return 0;
}

static int diff(const struct side *side, const struct records *new_events, bool json)
{
	struct moves moves = { .same = true };
	int r = compare(&moves, side, new_events);

	if (!r && !(json ? diff_print_json(&moves) : diff_print(&moves)))
		r = fail("diff", "cannot write to standard output");
	free(moves.row);
	free(moves.member);
	free(moves.diff.list);
	if (r)
		return r;
	return moves.same ? EXIT_HOLDS : EXIT_DIFFERS;
}

int cmd_diff(int argc, char **argv)
{
	struct side side[2] = { 0 };
	struct records new_events = { 0 };
	const char *paths[2];
	bool json = false;
	const struct option_spec options[] = {
		{ "--json", NULL, &json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, paths, 2);

	if (r)
		return r;
	if (!paths[1])
		return fail_usage("diff", "two files of golden values are needed");
	for (size_t i = 0; i < 2 && !r; i++) {
		side[i].path = paths[i];
		r = load_side(&side[i]);
	}
	if (!r)
		r = as_records(&side[1], &new_events);
	if (!r)
		r = diff(side, &new_events, json);
	records_done(&new_events);
	for (size_t i = 0; i < 2; i++)
		free_side(&side[i]);
	return r;
}
