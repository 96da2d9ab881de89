/* SPDX-License-Identifier: MIT */
#include "measure/cmd/show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/record/text.h"

#define SHOWN_DIGITS 20 /* of a value in a table; digests of events are whole */

void show_text(const char *text)
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

const char *show_hex(const struct digest *digest, char hex[static HASH_HEX_MAX])
{
	if (!digest)
		return NULL;
	digest_hex(digest, hex);
	return hex;
}

void show_check(enum rampart_outcome outcome, const char *id, const char *text)
{
	printf("%-8s %-20s ", rampart_outcome_name(outcome), id);
	show_text(text);
	putchar('\n');
}

/* ---- PCRs ---- */

static void show_value(const char *hex, const char *none)
{
	if (hex)
		printf("%.*s..  ", SHOWN_DIGITS, hex);
	else
		printf("%-*s", SHOWN_DIGITS + 4, none);
}

void show_pcr(struct show_table *table, const struct show_row *row)
{
	if (!table->bank || strcmp(table->bank, row->bank) != 0)
		printf("%s%-6s %-8s %-*s  %s\n", table->bank ? "\n" : "", row->bank, "from",
		       SHOWN_DIGITS + 2, table->left, table->right);
	table->bank = row->bank;
	printf("PCR %-2u %-8s ", row->pcr, row->from);
	show_value(row->left, row->left_rule ? row->left_rule : table->none);
	show_value(row->right, row->right_rule ? row->right_rule : "none");
	puts(row->result);
}

void show_pcrs(const bool pcr[static GOLDEN_PCRS], char ret[static SHOW_PCRS_MAX])
{
	size_t len = 0;

	ret[0] = 0;
	for (unsigned i = 0; i < GOLDEN_PCRS; i++)
		if (pcr[i])
			len += (size_t)snprintf(ret + len, SHOW_PCRS_MAX - len, "%s%u",
						len > 0 ? ", " : "PCR ", i);
}

/* ---- differences ---- */

static void show_quoted(const char *text)
{
	fputs(" \"", stdout);
	show_text(text);
	putchar('"');
}

const char *show_kind(const struct show_sides *sides, const struct rampart_difference *d)
{
	if (d->how == RAMPART_EXTRA)
		return sides->extra;
	return d->how == RAMPART_MISSING ? sides->missing : d->kind;
}

void show_difference(const struct show_sides *sides, const struct rampart_difference *d)
{
	printf("\nPCR %u: %s event ", d->pcr, show_kind(sides, d));
	show_text(d->expected ? d->expected_type : d->got_type);
	show_quoted(d->expected ? d->expected_what : d->got_what);
	if (d->expected)
		printf("\n  %s %s %s", sides->expected, d->bank, d->expected);
	if (d->got)
		printf("\n  %s %s %s", sides->got, d->bank, d->got);
	if (d->got && sides->is_log) {
		printf("\n  in the log: event %zu of the %s log, ", d->number,
		       d->is_runtime ? "runtime" : "firmware");
		show_text(d->got_type);
		show_quoted(d->got_what);
	} else if (d->how == RAMPART_RETYPED) {
		show_quoted(d->got_type);
	} else if (d->how == RAMPART_CHANGED && strcmp(d->expected_what, d->got_what) != 0) {
		show_quoted(d->got_what);
	}
	putchar('\n');
}

/* ---- verdicts ---- */

void show_unchecked(unsigned pcr, const char *why)
{
	bool red = isatty(STDOUT_FILENO);

	printf("%sNOT CHECKED  PCR %u: ", red ? "\033[1;31m" : "", pcr);
	show_text(why);
	printf("%s\n", red ? "\033[0m" : "");
}

void show_verdict(enum rampart_outcome verdict, const char *reason)
{
	static const char *const verdicts[] = { "holds", "does not hold", "cannot tell" };

	printf("\n%s%s", verdicts[verdict], reason[0] ? ": " : "");
	show_text(reason);
	putchar('\n');
}

int show_code(enum rampart_outcome verdict)
{
	static const int codes[] = { EXIT_HOLDS, EXIT_DIFFERS, EXIT_UNSURE };

	return codes[verdict];
}

int show_end(const char *command, bool written, int code)
{
	if (written && !ferror(stdout))
		return code;
	return fail(command, "cannot write to standard output");
}

bool show_json(json_t *json)
{
	bool written = json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0;

	json_decref(json);
	return written && putchar('\n') != EOF;
}

json_t *show_append(json_t *list, json_t *value)
{
	if (list && json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}
