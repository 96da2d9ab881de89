/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/cmd_explain.h"

#include <stdio.h>
#include <string.h>

#include "measure/cmd/show.h"

#define SHOWN_DIGITS 20 /* of a digest in the table; the whole one is with the differences */

static const char *row_result(const struct explanation *e, const struct explain_row *row)
{
	if (row->disagrees)
		return "TPM AND KERNEL DISAGREE";
	if (!row->equal)
		return "DIFFERS";
	if (e->has_replay && !row->explained)
		return "NOT EXPLAINED by the log";
	if (row->has_golden)
		return "equal";
	if (!e->from_tpm)
		return "not compared";
	return e->has_replay ? "as logged" : "not checked";
}

static void print_short(const struct digest *d)
{
	char hex[HASH_HEX_MAX];

	digest_hex(d, hex);
	printf("%.*s..  ", SHOWN_DIGITS, hex);
}

static void print_table(const struct explanation *e)
{
	for (size_t i = 0; i < e->n_rows; i++) {
		const struct explain_row *row = &e->row[i];

		if (i == 0 || row->bank != e->row[i - 1].bank)
			printf("%-6s %-8s %-*s  %s\n", hash_name(row->bank), "from",
			       SHOWN_DIGITS + 2, "golden",
			       e->from_tpm ? "TPM" : "replay of the log");
		printf("PCR %-2u %-8s ", row->pcr, row->from);
		if (row->has_golden)
			print_short(&row->golden);
		else
			printf("%-*s", SHOWN_DIGITS + 4, "differs with each boot");
		print_short(&row->value);
		printf("%s\n", row_result(e, row));
	}
}

static void print_difference(const struct difference *diff)
{
	bool is_extra = diff->kind == RAMPART_EXTRA;
	char hex[HASH_HEX_MAX];

	printf("\nPCR %u: %s event %s \"%s\"\n", diff->pcr, rampart_difference_name(diff->kind),
	       is_extra ? diff->got->type_name : diff->expected->type,
	       is_extra ? diff->got->what : diff->expected->what);
	if (!is_extra) {
		digest_hex(&diff->expected->digest[diff->bank], hex);
		printf("  expected %s %s\n", hash_name(diff->bank), hex);
	}
	if (diff->kind == RAMPART_MISSING)
		return;
	digest_hex(&diff->got->digest[diff->bank], hex);
	printf("  got      %s %s\n", hash_name(diff->bank), hex);
	printf("  in the log: event %zu of the %s log, %s \"%s\"\n", diff->got->number,
	       diff->got->is_runtime ? "runtime" : "firmware", diff->got->type_name,
	       diff->got->what);
}

bool explain_print(const struct explanation *e)
{
	static const char *const verdicts[] = { "holds", "does not hold", "cannot tell" };

	print_table(e);
	for (size_t i = 0; i < e->diff.n; i++)
		print_difference(&e->diff.list[i]);
	if (!e->from_tpm)
		printf("\nThe values are replayed from the log; no TPM was read.\n");
	printf("\n%s%s%s\n", verdicts[e->verdict], e->reason[0] ? ": " : "", e->reason);
	return !ferror(stdout);
}

static json_t *row_to_json(const struct explanation *e, const struct explain_row *row)
{
	char golden[HASH_HEX_MAX], value[HASH_HEX_MAX], replayed[HASH_HEX_MAX];

	digest_hex(&row->golden, golden);
	digest_hex(&row->value, value);
	digest_hex(&row->replayed, replayed);
	return json_pack("{s:s, s:i, s:s, s:s?, s:s?, s:s?, s:b, s:s}", "bank",
			 hash_name(row->bank), "pcr", (int)row->pcr, "from", row->from, "golden",
			 row->has_golden ? golden : NULL, "tpm", e->from_tpm ? value : NULL,
			 "replayed", e->has_replay ? replayed : NULL, "equal",
			 row->equal && !row->disagrees, "result", row_result(e, row));
}

static json_t *difference_to_json(const struct difference *diff)
{
	char expected[HASH_HEX_MAX], got[HASH_HEX_MAX];

	if (diff->expected)
		digest_hex(&diff->expected->digest[diff->bank], expected);
	if (diff->got)
		digest_hex(&diff->got->digest[diff->bank], got);
	return json_pack("{s:s, s:i, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:I}", "bank",
			 hash_name(diff->bank), "pcr", (int)diff->pcr, "kind",
			 rampart_difference_name(diff->kind), "type",
			 diff->expected ? diff->expected->type : diff->got->type_name, "what",
			 diff->expected ? diff->expected->what : NULL, "expected",
			 diff->expected ? expected : NULL, "logged",
			 diff->got ? diff->got->what : NULL, "got", diff->got ? got : NULL,
			 "number", (json_int_t)(diff->got ? (json_int_t)diff->got->number : -1));
}

bool explain_print_json(const struct explanation *e)
{
	static const char *const verdicts[] = { "holds", "differs", "unsure" };
	json_t *rows = json_array(), *diffs = json_array(), *json;
	bool ok = rows && diffs;

	for (size_t i = 0; i < e->n_rows && ok; i++)
		ok = json_array_append_new(rows, row_to_json(e, &e->row[i])) == 0;
	for (size_t i = 0; i < e->diff.n && ok; i++)
		ok = json_array_append_new(diffs, difference_to_json(&e->diff.list[i])) == 0;
	json = json_pack("{s:s, s:s, s:s, s:o, s:o}", "schema", "rampart-explain/1", "verdict",
			 verdicts[e->verdict], "reason", e->reason, "pcrs", rows, "differences",
			 diffs);
	ok = ok && json && show_json(json);
	json_decref(json);
	return ok;
}
