/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/cmd_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/show.h"
#include "measure/record/text.h"

#define SHOWN_DIGITS 20 /* of a value in the table; digests of events are whole */

/* Text of a file, which may not be ours: a terminal gets no control characters. */
static void print_text(const char *text)
{
	while (*text) {
		size_t len = text_char_len(text);

		if (len > 0)
			fwrite(text, 1, len, stdout);
		else
			putchar('?');
		text += len > 0 ? len : 1;
	}
}

static const char *kind_word(enum rampart_difference_kind kind)
{
	static const char *const words[] = {
		[RAMPART_CHANGED] = "changed",
		[RAMPART_EXTRA] = "new",
		[RAMPART_MISSING] = "gone",
		[RAMPART_RETYPED] = "retyped",
	};

	return words[kind];
}

static void print_value(const struct digest *value)
{
	char hex[HASH_HEX_MAX];

	if (value)
		digest_hex(value, hex);
	if (value)
		printf("%.*s..  ", SHOWN_DIGITS, hex);
	else
		printf("%-*s", SHOWN_DIGITS + 4, "none");
}

static void print_table(const struct moves *moves)
{
	for (size_t i = 0; i < moves->n_rows; i++) {
		const struct moved_row *row = &moves->row[i];

		if (i == 0 || row->bank != moves->row[i - 1].bank)
			printf("%-6s %-8s %-*s  new\n", hash_name(row->bank), "from",
			       SHOWN_DIGITS + 2, "old");
		printf("PCR %-2u %-8s ", row->pcr, row->from);
		print_value(row->old_value);
		print_value(row->new_value);
		puts(row->same ? "same" : "MOVED");
	}
}

static void print_digest(const char *name, const struct digest *digest)
{
	char hex[HASH_HEX_MAX];

	digest_hex(digest, hex);
	printf("  %s %s %s", name, hash_name(digest->alg), hex);
}

static void print_quoted(const char *text)
{
	printf(" \"");
	print_text(text);
	putchar('"');
}

static void print_difference(const struct difference *diff)
{
	const struct golden_event *old_event = diff->expected;
	const struct record *new_event = diff->got;

	printf("\nPCR %u: %s event ", diff->pcr, kind_word(diff->kind));
	print_text(old_event ? old_event->type : new_event->type_name);
	print_quoted(old_event ? old_event->what : new_event->what);
	putchar('\n');
	if (old_event) {
		print_digest("old", &old_event->digest[diff->bank]);
		putchar('\n');
	}
	if (!new_event)
		return;
	print_digest("new", &new_event->digest[diff->bank]);
	if (diff->kind == RAMPART_RETYPED)
		print_quoted(new_event->type_name);
	else if (old_event && strcmp(old_event->what, new_event->what) != 0)
		print_quoted(new_event->what);
	putchar('\n');
}

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

static bool print_member(const struct moved_member *member)
{
	const json_t *values[] = { member->old_value, member->new_value };

	print_text(member->object);
	putchar(' ');
	print_text(member->name);
	for (size_t i = 0; i < 2; i++) {
		char *text = values[i] ? json_dumps(values[i], JSON_COMPACT | JSON_ENCODE_ANY |
								       JSON_ENSURE_ASCII)
				       : strdup("none");

		if (!text)
			return false;
		printf("%s%s", i ? " -> " : ": ", text);
		free(text);
	}
	putchar('\n');
	return true;
}

/* "moved: PCR 4, 9, 11" */
static void print_verdict(const struct moves *moves)
{
	bool named[GOLDEN_PCRS] = { 0 }; /* in another bank already */
	const char *before = "PCR ";

	if (moves->same) {
		printf("\nsame\n");
		return;
	}
	printf("\nmoved: ");
	for (size_t i = 0; i < moves->n_rows; i++) {
		const struct moved_row *row = &moves->row[i];

		if (row->same || named[row->pcr])
			continue;
		named[row->pcr] = true;
		printf("%s%u", before, row->pcr);
		before = ", ";
	}
	putchar('\n');
}

bool diff_print(const struct moves *moves)
{
	print_table(moves);
	for (size_t i = 0; i < moves->diff.n; i++) {
		print_difference(&moves->diff.list[i]);
		if (is_cut(moves, i))
			printf("  and perhaps others of PCR %u\n", moves->diff.list[i].pcr);
	}
	if (moves->n_members > 0)
		putchar('\n');
	for (size_t i = 0; i < moves->n_members; i++)
		if (!print_member(&moves->member[i]))
			return false;
	print_verdict(moves);
	return !ferror(stdout);
}

static json_t *row_to_json(const struct moved_row *row)
{
	char old_hex[HASH_HEX_MAX], new_hex[HASH_HEX_MAX];

	if (row->old_value)
		digest_hex(row->old_value, old_hex);
	if (row->new_value)
		digest_hex(row->new_value, new_hex);
	return json_pack("{s:s, s:i, s:s, s:s?, s:s?, s:b}", "bank", hash_name(row->bank), "pcr",
			 (int)row->pcr, "from", row->from, "old", row->old_value ? old_hex : NULL,
			 "new", row->new_value ? new_hex : NULL, "same", row->same);
}

static json_t *difference_to_json(const struct difference *diff)
{
	const char *type = NULL, *old_what = NULL, *new_what = NULL;
	char old_hex[HASH_HEX_MAX], new_hex[HASH_HEX_MAX];

	if (diff->got) {
		type = diff->got->type_name;
		new_what = diff->got->what;
		digest_hex(&diff->got->digest[diff->bank], new_hex);
	}
	if (diff->expected) {
		type = diff->expected->type;
		old_what = diff->expected->what;
		digest_hex(&diff->expected->digest[diff->bank], old_hex);
	}
	return json_pack("{s:s, s:i, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "bank",
			 hash_name(diff->bank), "pcr", (int)diff->pcr, "kind",
			 kind_word(diff->kind), "type", type, "old_what", old_what, "old",
			 old_what ? old_hex : NULL, "new_what", new_what, "new",
			 new_what ? new_hex : NULL);
}

static json_t *member_to_json(const struct moved_member *member)
{
	return json_pack("{s:s, s:s, s:o?, s:o?}", "object", member->object, "name", member->name,
			 "old", json_deep_copy(member->old_value), "new",
			 json_deep_copy(member->new_value));
}

bool diff_print_json(const struct moves *moves)
{
	json_t *rows = json_array(), *diffs = json_array(), *members = json_array(), *json;
	bool ok = rows && diffs && members;

	for (size_t i = 0; i < moves->n_rows && ok; i++)
		ok = json_array_append_new(rows, row_to_json(&moves->row[i])) == 0;
	for (size_t i = 0; i < moves->diff.n && ok; i++)
		ok = json_array_append_new(diffs, difference_to_json(&moves->diff.list[i])) == 0;
	for (size_t i = 0; i < moves->n_members && ok; i++)
		ok = json_array_append_new(members, member_to_json(&moves->member[i])) == 0;
	json = json_pack("{s:s, s:s, s:o, s:o, s:o}", "schema", "rampart-diff/1", "verdict",
			 moves->same ? "same" : "moved", "pcrs", rows, "differences", diffs,
			 "described", members);
	ok = ok && json && show_json(json);
	json_decref(json);
	return ok;
}
