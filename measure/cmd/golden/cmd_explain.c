/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/cmd_explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/console.h"

const char explain_help[] =
	"usage: rampart explain GOLDEN --console CONSOLE [--json]\n"
	"       rampart explain GOLDEN LOG [RUNTIME_LOG] [--json]\n"
	"\n"
	"Compares a machine with its golden values, PCR by PCR, and names the events that differ: "
	"which\n"
	"file or input, what was expected, what the log has, which events are extra or missing.\n"
	"\n"
	"With --console the values are those that the machine read from its TPM (by TPM2_PCR_Read "
	"and\n"
	"from the kernel, which must agree), and every one of them must be the replay of the logs "
	"in the\n"
	"console. With log files only, the values are replayed: that explains a log, it proves "
	"nothing\n"
	"about a TPM.\n"
	"\n"
	"Exit code: 0 everything is equal, 1 something differs, 2 could not tell.\n";

/* "PCR 4, 9: not the golden value", after what is there already. */
static void add_reason(struct explanation *e,
		       bool (*applies)(const struct explanation *e, const struct explain_row *row),
		       const char *what)
{
	size_t len = strlen(e->reason);
	const char *before = len > 0 ? "; PCR " : "PCR ";
	bool named[GOLDEN_PCRS] = { 0 }; /* in another bank already */

	for (size_t i = 0; i < e->n_rows; i++) {
		if (!applies(e, &e->row[i]) || named[e->row[i].pcr])
			continue;
		named[e->row[i].pcr] = true;
		snprintf(e->reason + len, sizeof(e->reason) - len, "%s%u", before, e->row[i].pcr);
		len = strlen(e->reason);
		before = ", ";
	}
	if (!strcmp(before, ", "))
		snprintf(e->reason + len, sizeof(e->reason) - len, ": %s", what);
}

static bool row_disagrees(const struct explanation *e, const struct explain_row *row)
{
	(void)e;
	return row->disagrees;
}

static bool row_differs(const struct explanation *e, const struct explain_row *row)
{
	(void)e;
	return !row->equal;
}

static bool row_is_unexplained(const struct explanation *e, const struct explain_row *row)
{
	return e->has_replay && !row->explained;
}

static bool row_is_unchecked(const struct explanation *e, const struct explain_row *row)
{
	return !e->has_replay && !row->has_golden;
}

/* What differs for certain outweighs what could not be told. */
static void judge(struct explanation *e)
{
	add_reason(e, row_disagrees, "the TPM and the kernel's files disagree");
	add_reason(e, row_differs, "not the golden value");
	add_reason(e, row_is_unexplained, "the log does not explain the TPM");
	if (e->reason[0]) {
		e->verdict = VERDICT_DIFFERS;
		return;
	}
	add_reason(e, row_is_unchecked, "no log to check it against");
	e->verdict = e->reason[0] ? VERDICT_UNSURE : VERDICT_HOLDS;
}

/* ---- values ---- */

struct inputs {
	const char *golden_path, *console_path;
	struct golden golden;
	struct console console;
	struct records records;
};

static void check_row(struct explanation *e, const struct inputs *in, struct explain_row *row)
{
	row->equal = !row->has_golden || digest_equal(&row->value, &row->golden);
	row->explained = e->has_replay && digest_equal(&row->value, &row->replayed);
	if (!row->equal && e->has_replay)
		compare_pcr(&in->golden, &in->records, row->bank, row->pcr, &e->diff);
}

/* A value read from the TPM. */
static int read_console_pcr(const struct inputs *in, struct explain_row *row)
{
	const struct console_pcr *pcr = &in->console.pcr[row->bank][row->pcr];

	if (!pcr->has_tpm || !pcr->has_sysfs)
		return fail("explain", "%s: no \"rampart: pcr %s %u tpm=... sysfs=...\" line%s%s",
			    in->console_path, hash_name(row->bank), row->pcr,
			    in->console.failed ? "; the machine stopped: " : "",
			    in->console.failed ? in->console.failed : "");
	row->value = pcr->tpm;
	row->disagrees = !digest_equal(&pcr->tpm, &pcr->sysfs);
	return 0;
}

static int add_row(struct explanation *e, const struct inputs *in, enum hash_alg bank, unsigned pcr)
{
	struct explain_row *row = &e->row[e->n_rows];
	int r = 0;

	*row = (struct explain_row){ .bank = bank,
				     .pcr = pcr,
				     .from = golden_from(pcr),
				     .has_golden = pcr < GOLDEN_COMPARED,
				     .golden = in->golden.value[bank][pcr] };
	row->replayed = in->records.pcrs.value[bank][pcr];
	row->value = row->replayed;
	if (e->from_tpm)
		r = read_console_pcr(in, row);
	e->n_rows += r == 0;
	return r;
}

static int explain_bank(struct explanation *e, const struct inputs *in, enum hash_alg bank)
{
	size_t first = e->n_rows;
	int r = 0;

	if (e->has_replay && !in->records.pcrs.bank[bank])
		return fail("explain", "the log has no bank %s", hash_name(bank));
	for (unsigned pcr = 0; pcr < GOLDEN_PCRS && !r; pcr++)
		r = add_row(e, in, bank, pcr);
	for (size_t i = first; i < e->n_rows && !r; i++)
		check_row(e, in, &e->row[i]);
	return r;
}

/* ---- inputs ---- */

static int load_inputs(struct inputs *in, const char **logs)
{
	int r = 0;

	r = golden_load("explain", in->golden_path, &in->golden);
	if (!r && in->console_path) {
		r = console_load("explain", in->console_path, &in->console);
		if (!r)
			r = records_add_console(&in->records, "explain", in->console_path,
						&in->console);
		return r;
	}
	for (size_t i = 0; i < 2 && logs[i] && !r; i++)
		r = records_add_file(&in->records, "explain", logs[i]);
	if (!r && !in->records.has_firmware)
		r = fail("explain", "%s: not a firmware log", logs[0]);
	return r;
}

static int explain(struct inputs *in, bool json)
{
	struct explanation e = { .from_tpm = in->console_path != NULL,
				 .has_replay = in->records.has_firmware };
	bool printed;
	int r = 0;

	e.row = calloc(_HASH_MAX * GOLDEN_PCRS, sizeof(*e.row));
	if (!e.row)
		return fail("explain", "out of memory");
	for (size_t i = 0; i < _HASH_MAX && !r; i++)
		if (in->golden.bank[i])
			r = explain_bank(&e, in, (enum hash_alg)i);
	if (!r) {
		judge(&e);
		printed = json ? explain_print_json(&e) : explain_print(&e);
		r = printed ? (int)e.verdict : fail("explain", "cannot write to standard output");
	}
	free(e.row);
	free(e.diff.list);
	return r;
}

int cmd_explain(int argc, char **argv)
{
	struct inputs in = { 0 };
	const char *paths[3];
	bool json = false;
	const struct option_spec options[] = {
		{ "--console", &in.console_path, NULL, NULL },
		{ "--json", NULL, &json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, paths, 3);

	if (r)
		return r;
	if (!paths[0] || !paths[1] == !in.console_path)
		return fail_usage("explain", "golden values and a log or a console are needed");
	in.golden_path = paths[0];
	r = load_inputs(&in, paths + 1);
	if (!r)
		r = explain(&in, json);
	records_done(&in.records);
	console_done(&in.console);
	golden_done(&in.golden);
	return r;
}
