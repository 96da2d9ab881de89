/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/goldenfile.h"
#include "measure/cmd/show.h"
#include "measure/lib/array.h"
#include "measure/record/compare.h"

const char diff_help[] =
	"usage: rampart diff OLD NEW [--json]\n"
	"\n"
	"Compares two files of golden values: which PCR values moved, and for each of them the events\n"
	"that did it, with the file, section or input that the event is about. What is said of the image\n"
	"and the platform is compared as well; it moves no value by itself.\n"
	"\n"
	"Exit code: 0 every value is the same, 1 some moved, 2 could not tell.\n";

/* One PCR of one bank. Without a value: PCR 15, which differs with every boot, or the file lacks
 * the bank. */
struct row {
	enum hash_alg bank;
	unsigned pcr;
	const struct digest *old_value, *new_value; /* borrowed from the files */
	const char *old_rule, *new_rule;	    /* what is accepted instead; NULL: a value */
	bool same;
};

/* A member of "image" or "platform" that is not the same. Borrowed; NULL: not there. */
struct member {
	const char *object, *name;
	const json_t *old_value, *new_value;
};

struct moves {
	struct row row[_HASH_MAX * GOLDEN_PCRS];
	size_t n_rows;
	struct member *member; /* owned */
	size_t n_members;
	struct differences diff; /* expected: the old event, got: the new one */
	bool same;		 /* every row is */
};

/* Whether both sides accept the same instance configurations, if either leaves them open. */
static bool same_keys(const struct golden *side)
{
	return side[0].config.keys == side[1].config.keys;
}

static void add_row(struct moves *moves, const struct golden *side, enum hash_alg bank,
		    unsigned pcr)
{
	struct row *row = &moves->row[moves->n_rows++];
	const struct digest *value[2] = { NULL, NULL };
	const char *rule[2] = { NULL, NULL };

	for (size_t i = 0; i < 2; i++) {
		if (side[i].bank[bank])
			rule[i] = compare_rule(&side[i], pcr);
		if (side[i].bank[bank] && pcr < GOLDEN_COMPARED && !rule[i] &&
		    !golden_is_open(&side[i], pcr))
			value[i] = &side[i].value[bank][pcr];
	}
	*row = (struct row){
		.bank = bank,
		.pcr = pcr,
		.old_value = value[0],
		.new_value = value[1],
		.old_rule = rule[0],
		.new_rule = rule[1],
		.same = side[0].bank[bank] && side[1].bank[bank] && !value[0] == !value[1] &&
			(pcr >= GOLDEN_COMPARED || compare_same(&side[0], &side[1], bank, pcr)) &&
			(!golden_is_open(side, pcr) || same_keys(side)),
	};
	moves->same = moves->same && row->same;
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
				(struct member){ object, name, value, other };
	}
	json_object_foreach(new_object, name, value)
	{
		if (!json_object_get(old_object, name))
			moves->member[moves->n_members++] =
				(struct member){ object, name, NULL, value };
	}
}

static int compare(struct moves *moves, const struct golden *side, const struct records *new_events)
{
	static const char *const objects[] = { "image", "platform", "config" };
	size_t n_members = 0;

	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		for (size_t j = 0; j < 2; j++)
			n_members += json_object_size(json_object_get(side[j].json, objects[i]));
	moves->member = calloc(n_members + 1, sizeof(*moves->member));
	if (!moves->member)
		return fail("diff", "out of memory");
	for (enum hash_alg bank = 0; bank < _HASH_MAX; bank++) {
		bool in_both = side[0].bank[bank] && side[1].bank[bank];

		if (!side[0].bank[bank] && !side[1].bank[bank])
			continue;
		for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++) {
			add_row(moves, side, bank, pcr);
			if (in_both && !moves->row[moves->n_rows - 1].same)
				compare_pcr(&side[0], new_events, bank, pcr, &moves->diff);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		compare_members(moves, side, objects[i]);
	return 0;
}

/* ---- what is printed ---- */

static const struct show_sides sides = { "old", "new", "new", "gone", false };

static bool is_of(const struct difference *a, const struct difference *b)
{
	return a->pcr == b->pcr && a->bank == b->bank;
}

/* Whether more of this PCR's events may differ than are listed. */
static bool is_cut(const struct moves *moves, size_t last)
{
	const struct difference *diff = &moves->diff.list[last];
	size_t n = 0;

	if (last + 1 < moves->diff.n && is_of(&moves->diff.list[last + 1], diff))
		return false;
	while (n <= last && is_of(&moves->diff.list[last - n], diff))
		n++;
	return n >= COMPARE_PER_PCR;
}

/* "image debug: false -> true" */
static void print_member(const struct member *member)
{
	const json_t *values[] = { member->old_value, member->new_value };

	show_text(member->object);
	putchar(' ');
	show_text(member->name);
	for (size_t i = 0; i < 2; i++) {
		fputs(i ? " -> " : ": ", stdout);
		if (values[i])
			(void)json_dumpf(values[i], stdout,
					 JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		else
			fputs("none", stdout);
	}
	putchar('\n');
}

static void print(const struct moves *moves)
{
	struct show_table table = { .left = "old", .right = "new", .none = "none" };
	bool moved[GOLDEN_PCRS] = { 0 };
	char list[SHOW_PCRS_MAX];

	for (size_t i = 0; i < moves->n_rows; i++) {
		const struct row *row = &moves->row[i];
		char old_hex[HASH_HEX_MAX], new_hex[HASH_HEX_MAX];

		moved[row->pcr] |= !row->same;
		show_pcr(&table, &(struct show_row){ .bank = hash_name(row->bank),
						     .pcr = row->pcr,
						     .from = golden_from(row->pcr),
						     .left = show_hex(row->old_value, old_hex),
						     .left_rule = row->old_rule,
						     .right = show_hex(row->new_value, new_hex),
						     .right_rule = row->new_rule,
						     .result = row->same ? "same" : "MOVED" });
	}
	for (size_t i = 0; i < moves->diff.n; i++) {
		struct difference_hex hex;
		struct rampart_difference diff = difference_public(&moves->diff.list[i], &hex);

		show_difference(&sides, &diff);
		if (is_cut(moves, i))
			printf("  and perhaps others of PCR %u\n", diff.pcr);
	}
	if (moves->n_members > 0)
		putchar('\n');
	for (size_t i = 0; i < moves->n_members; i++)
		print_member(&moves->member[i]);
	show_pcrs(moved, list);
	printf("\n%s%s\n", moves->same ? "same" : "moved: ", list);
}

static bool print_json(const struct moves *moves)
{
	json_t *rows = json_array(), *diffs = json_array(), *members = json_array();

	for (size_t i = 0; i < moves->n_rows; i++) {
		const struct row *row = &moves->row[i];
		char old_hex[HASH_HEX_MAX], new_hex[HASH_HEX_MAX];

		rows = show_append(rows, json_pack("{s:s, s:i, s:s, s:s?, s:s*, s:s?, s:s*, s:b}",
						   "bank", hash_name(row->bank), "pcr",
						   (int)row->pcr, "from", golden_from(row->pcr),
						   "old", show_hex(row->old_value, old_hex),
						   "old_rule", row->old_rule, "new",
						   show_hex(row->new_value, new_hex), "new_rule",
						   row->new_rule, "same", row->same));
	}
	for (size_t i = 0; i < moves->diff.n; i++) {
		struct difference_hex hex;
		struct rampart_difference d = difference_public(&moves->diff.list[i], &hex);

		diffs = show_append(diffs, json_pack("{s:s, s:i, s:s, s:s, s:s?, s:s?, s:s?, s:s?}",
						     "bank", d.bank, "pcr", (int)d.pcr, "kind",
						     show_kind(&sides, &d), "type",
						     d.expected ? d.expected_type : d.got_type,
						     "old_what", d.expected_what, "old", d.expected,
						     "new_what", d.got_what, "new", d.got));
	}
	for (size_t i = 0; i < moves->n_members; i++) {
		const struct member *member = &moves->member[i];

		members = show_append(members, json_pack("{s:s, s:s, s:o?, s:o?}", "object",
							 member->object, "name", member->name,
							 "old", json_deep_copy(member->old_value),
							 "new", json_deep_copy(member->new_value)));
	}
	return show_json(json_pack("{s:s, s:s, s:o, s:o, s:o}", "schema", "rampart-diff/1",
				   "verdict", moves->same ? "same" : "moved", "pcrs", rows,
				   "differences", diffs, "described", members));
}

static int diff(const struct golden *side, const struct records *new_events, bool json)
{
	struct moves moves = { .same = true };
	int r = compare(&moves, side, new_events);
	bool written = true;

	if (!r) {
		if (json)
			written = print_json(&moves);
		else
			print(&moves);
		r = show_end("diff", written, moves.same ? EXIT_HOLDS : EXIT_DIFFERS);
	}
	free(moves.member);
	free(moves.diff.list);
	return r;
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
