/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/cmd_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

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

static void add_row(struct moves *moves, const struct golden *side, enum hash_alg bank,
		    unsigned pcr)
{
	struct moved_row *row = &moves->row[moves->n_rows++];
	const struct digest *value[2] = { NULL, NULL };

	for (size_t i = 0; i < 2; i++)
		if (side[i].bank[bank] && pcr < GOLDEN_COMPARED)
			value[i] = &side[i].value[bank][pcr];
	*row = (struct moved_row){
		.bank = bank,
		.pcr = pcr,
		.from = golden_from(pcr),
		.old_value = value[0],
		.new_value = value[1],
		.same = side[0].bank[bank] && side[1].bank[bank] &&
			(!value[0] || digest_equal(value[0], value[1])),
	};
	moves->same = moves->same && row->same;
}

/* Events are compared where both files have the bank's digests. */
static void compare_bank(struct moves *moves, const struct golden *side,
			 const struct records *new_events, enum hash_alg bank)
{
	if (!side[0].bank[bank] && !side[1].bank[bank])
		return;
	for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++) {
		add_row(moves, side, bank, pcr);
		if (side[0].bank[bank] && side[1].bank[bank])
			compare_pcr(&side[0], new_events, bank, pcr, &moves->diff);
	}
}

/* Members of one object that differ; those that only the new one has come last. */
static void compare_members(struct moves *moves, const struct golden *side, const char *object)
{
	json_t *old_object = json_object_get(side[0].json, object);
	json_t *new_object = json_object_get(side[1].json, object), *value;
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

static int compare(struct moves *moves, const struct golden *side, const struct records *new_events)
{
	static const char *const objects[] = { "image", "platform" };
	size_t n_members = 0;

	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 2; j++)
			n_members += json_object_size(json_object_get(side[j].json, objects[i]));
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

static int diff(const struct golden *side, const struct records *new_events, bool json)
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
	struct golden side[2] = { 0 };
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
	for (size_t i = 0; i < 2 && !r; i++)
		r = golden_load("diff", paths[i], &side[i]);
	if (!r && compare_as_records(&side[1], &new_events) < 0)
		r = fail("diff", "out of memory");
	if (!r)
		r = diff(side, &new_events, json);
	free(new_events.list);
	for (size_t i = 0; i < 2; i++)
		golden_done(&side[i]);
	return r;
}
