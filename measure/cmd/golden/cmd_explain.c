/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/console.h"
#include "measure/cmd/golden/goldenfile.h"
#include "measure/cmd/golden/recordfiles.h"
#include "measure/cmd/show.h"
#include "measure/record/compare.h"

const char explain_help[] =
	"usage: rampart explain GOLDEN --console CONSOLE [--json]\n"
	"       rampart explain GOLDEN LOG [RUNTIME_LOG] [--json]\n"
	"\n"
	"Compares a machine with its golden values, PCR by PCR, and names the events that differ: which\n"
	"file or input, what was expected, what the log has, which events are extra or missing.\n"
	"\n"
	"With --console the values are those that the machine read from its TPM (by TPM2_PCR_Read and\n"
	"from the kernel, which must agree), and every one of them must be the replay of the logs in the\n"
	"console. With log files only, the values are replayed: that explains a log, it proves nothing\n"
	"about a TPM.\n"
	"\n"
	"Exit code: 0 everything is equal, 1 something differs, 2 could not tell.\n";

/* One PCR of one bank. */
struct row {
	enum hash_alg bank;
	unsigned pcr;
	bool has_golden; /* false: the value differs with every boot */
	struct digest golden, value, replayed;
	const char *why;  /* why nothing is compared; NULL: something is */
	const char *rule; /* what is accepted instead of one golden value; NULL: that */
	bool disagrees;	  /* the TPM and the kernel's files say different things */
	bool equal;	  /* to the golden value; true if there is none */
	bool explained;	  /* the replay of the logs is the value */
};

struct explanation {
	bool from_tpm;	 /* values read from a TPM; else replayed from the logs */
	bool has_replay; /* there is a log to replay */
	struct row row[_HASH_MAX * GOLDEN_PCRS];
	size_t n_rows;
	struct differences diff;
	enum rampart_outcome verdict;
	char reason[4 * SHOW_PCRS_MAX + 160]; /* why it does not hold */
};

struct inputs {
	const char *golden_path, *console_path;
	struct golden golden;
	struct console console;
	struct records records;
};

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

/* ---- values ---- */

/* A value read from the TPM. */
static int read_console_pcr(const struct inputs *in, struct row *row)
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
	struct row *row = &e->row[e->n_rows++];

	*row = (struct row){ .bank = bank,
			     .pcr = pcr,
			     .has_golden = pcr < GOLDEN_COMPARED &&
					   (e->has_replay || !golden_is_open(&in->golden, pcr)),
			     .golden = in->golden.value[bank][pcr],
			     .value = in->records.pcrs.value[bank][pcr],
			     .replayed = in->records.pcrs.value[bank][pcr] };
	if (e->from_tpm && read_console_pcr(in, row))
		return EXIT_UNSURE;
	row->rule = compare_rule(&in->golden, pcr);
	row->why = in->golden.pcr[pcr].why;
	row->equal = !row->has_golden ||
		     compare_accepts(&in->golden, e->has_replay ? &in->records : NULL, bank, pcr,
				     &row->value);
	row->explained = e->has_replay && digest_equal(&row->value, &row->replayed);
	if (!row->equal && e->has_replay)
		compare_pcr(&in->golden, &in->records, bank, pcr, &e->diff);
	return 0;
}

/* The banks that the machine has, by what was read of it. */
static void banks_seen(const struct explanation *e, const struct inputs *in,
		       bool ret[static _HASH_MAX])
{
	for (size_t bank = 0; bank < _HASH_MAX; bank++)
		ret[bank] = e->from_tpm ? in->console.pcr[bank][0].has_tpm
					: in->records.pcrs.bank[bank];
}

static int add_rows(struct explanation *e, const struct inputs *in)
{
	bool seen[_HASH_MAX];
	int r = 0;

	banks_seen(e, in, seen);

	for (enum hash_alg bank = 0; bank < _HASH_MAX && !r; bank++) {
		if (!compare_bank(&in->golden, bank, seen))
			continue;
		if (e->has_replay && !in->records.pcrs.bank[bank])
			return fail("explain", "the log has no bank %s", hash_name(bank));
		for (unsigned pcr = 0; pcr < GOLDEN_PCRS && !r; pcr++)
			r = add_row(e, in, bank, pcr);
	}
	return r;
}

/* "PCR 4, 9: not the golden value", after what is there already. */
static void add_reason(struct explanation *e, const bool pcr[static GOLDEN_PCRS], const char *what)
{
	size_t len = strlen(e->reason);
	char list[SHOW_PCRS_MAX];

	show_pcrs(pcr, list);
	if (list[0])
		snprintf(e->reason + len, sizeof(e->reason) - len, "%s%s: %s", len > 0 ? "; " : "",
			 list, what);
}

/* What differs for certain outweighs what could not be told. */
static void judge(struct explanation *e)
{
	bool disagrees[GOLDEN_PCRS] = { 0 }, differs[GOLDEN_PCRS] = { 0 };
	bool unexplained[GOLDEN_PCRS] = { 0 }, unchecked[GOLDEN_PCRS] = { 0 };

	for (size_t i = 0; i < e->n_rows; i++) {
		const struct row *row = &e->row[i];

		disagrees[row->pcr] |= row->disagrees;
		differs[row->pcr] |= !row->equal;
		unexplained[row->pcr] |= e->has_replay && !row->explained;
		unchecked[row->pcr] |= !e->has_replay && !row->has_golden;
	}
	add_reason(e, disagrees, "the TPM and the kernel's files disagree");
	add_reason(e, differs, "not the golden value");
	add_reason(e, unexplained, "the log does not explain the TPM");
	if (e->reason[0]) {
		e->verdict = RAMPART_FAILS;
		return;
	}
	add_reason(e, unchecked, "no log to check it against");
	e->verdict = e->reason[0] ? RAMPART_UNSURE : RAMPART_HOLDS;
}

/* ---- what is printed ---- */

static const char *row_result(const struct explanation *e, const struct row *row)
{
	if (row->disagrees)
		return "TPM AND KERNEL DISAGREE";
	if (!row->equal)
		return "DIFFERS";
	if (e->has_replay && !row->explained)
		return "NOT EXPLAINED by the log";
	if (row->has_golden)
		return row->rule ? "as accepted" : "equal";
	if (!e->from_tpm)
		return "not compared";
	return e->has_replay ? "as logged" : "not checked";
}

static void print(const struct explanation *e)
{
	static const struct show_sides sides = { "expected", "got     ", "extra", "missing", true };
	struct show_table table = { .left = "golden",
				    .right = e->from_tpm ? "TPM" : "replay of the log",
				    .none = "differs with each boot" };

	for (size_t i = 0; i < e->n_rows; i++) {
		const struct row *row = &e->row[i];
		char golden[HASH_HEX_MAX], value[HASH_HEX_MAX];

		show_pcr(&table, &(struct show_row){ .bank = hash_name(row->bank),
						     .pcr = row->pcr,
						     .from = golden_from(row->pcr),
						     .left = show_hex(row->has_golden && !row->rule
									      ? &row->golden
									      : NULL,
								      golden),
						     .left_rule = row->rule,
						     .right = show_hex(&row->value, value),
						     .result = row_result(e, row) });
	}
	for (size_t i = 0; i < e->diff.n; i++) {
		struct difference_hex hex;
		struct rampart_difference diff = difference_public(&e->diff.list[i], &hex);

		show_difference(&sides, &diff);
	}
	if (!e->from_tpm)
		printf("\nThe values are replayed from the log; no TPM was read.\n");
	for (size_t i = 0; i < e->n_rows; i++)
		if (e->row[i].why && e->row[i].bank == e->row[0].bank)
			show_unchecked(e->row[i].pcr, e->row[i].why);
	show_verdict(e->verdict, e->reason);
}

static bool print_json(const struct explanation *e)
{
	static const char *const verdicts[] = { "holds", "differs", "unsure" };
	json_t *rows = json_array(), *diffs = json_array();

	for (size_t i = 0; i < e->n_rows; i++) {
		const struct row *row = &e->row[i];
		char golden[HASH_HEX_MAX], value[HASH_HEX_MAX], replayed[HASH_HEX_MAX];

		rows = show_append(
			rows,
			json_pack("{s:s, s:i, s:s, s:s?, s:s*, s:s?, s:s?, s:b, s:s}", "bank",
				  hash_name(row->bank), "pcr", (int)row->pcr, "from",
				  golden_from(row->pcr), "golden",
				  show_hex(row->has_golden && !row->rule ? &row->golden : NULL,
					   golden),
				  "rule", row->rule, "tpm",
				  show_hex(e->from_tpm ? &row->value : NULL, value), "replayed",
				  show_hex(e->has_replay ? &row->replayed : NULL, replayed),
				  "equal", row->equal && !row->disagrees, "result",
				  row_result(e, row)));
	}
	for (size_t i = 0; i < e->diff.n; i++) {
		struct difference_hex hex;
		struct rampart_difference d = difference_public(&e->diff.list[i], &hex);

		diffs = show_append(diffs,
				    json_pack("{s:s, s:i, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:I}",
					      "bank", d.bank, "pcr", (int)d.pcr, "kind", d.kind,
					      "type", d.expected ? d.expected_type : d.got_type,
					      "what", d.expected_what, "expected", d.expected,
					      "logged", d.got_what, "got", d.got, "number",
					      d.got ? (json_int_t)d.number : (json_int_t)-1));
	}
	return show_json(json_pack("{s:s, s:s, s:s, s:o, s:o}", "schema", "rampart-explain/1",
				   "verdict", verdicts[e->verdict], "reason", e->reason, "pcrs",
				   rows, "differences", diffs));
}

/* What the machine's log says of its configuration, if the golden values leave that open. */
static void settle(struct inputs *in)
{
	static const char start[] = "rampart/1 config ";
	struct instance config;

	for (size_t i = 0; i < in->records.n; i++) {
		const struct record *rec = &in->records.list[i];

		if (rec->is_runtime && rec->data_len >= sizeof(start) &&
		    !memcmp(rec->data, start, sizeof(start) - 1)) {
			(void)golden_configure(&in->golden, span_of(rec->data, rec->data_len),
					       &config);
			return;
		}
	}
}

static int explain(const struct inputs *in, bool json)
{
	struct explanation e = { .from_tpm = in->console_path != NULL,
				 .has_replay = in->records.has_firmware };
	int r = add_rows(&e, in);
	bool written = true;

	if (!r) {
		judge(&e);
		if (json)
			written = print_json(&e);
		else
			print(&e);
		r = show_end("explain", written, show_code(e.verdict));
	}
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
		settle(&in);
	if (!r)
		r = explain(&in, json);
	records_done(&in.records);
	console_done(&in.console);
	golden_done(&in.golden);
	return r;
}
