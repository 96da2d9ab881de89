/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "measure/cmd/client/asking.h"
#include "measure/cmd/client/ear.h"
#include "measure/cmd/history.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/release/fromsource.h"
#include "measure/cmd/show.h"

const char verify_help[] =
	"usage: rampart verify URL --golden FILE... [OPTION...]\n"
	"       rampart verify URL --feed PLACE --root FILE [OPTION...]\n"
	"       rampart verify --evidence FILE --golden FILE... [--at TIME] [OPTION...]\n"
	"\n"
	"Asks the machine at URL (https://HOST[:PORT]) for its proof, and checks all of it: that the\n"
	"connection ends in the machine that quotes, that a TPM with a pinned root made the quote for\n"
	"this request, that the logs lead to the quoted PCRs, and that these are the golden values.\n"
	"\n" ASKING_HELP "  --explain       every check, and each event that differs\n"
	"  --json          the report as JSON, rampart-report/1\n"
	"  --ear           the result as an EAT Attestation Result, JSON claims\n"
	"  --jwt-key FILE  the same as a JWT, signed with this private key (PEM; P-256 or Ed25519)\n"
	"  --record[=FILE] append the verdict to the history: rampart-history(1)\n"
	"  --from-source   then get the source of the golden values from the feed, build it, and\n"
	"                  compare: minutes to an hour; it runs that build, as you\n"
	"\n"
	"Exit code: 0 everything holds, 1 something does not, 2 could not tell.\n";

struct verify_options {
	struct asking asking;
	const char *history, *ear_key;
	bool explain, json, record, ear, from_source;
};

static int parse_options(int argc, char **argv, struct verify_options *o)
{
	const struct option_spec options[] = {
		ASKING_OPTIONS(&o->asking),
		{ "--explain", NULL, &o->explain, NULL },
		{ "--json", NULL, &o->json, NULL },
		{ "--record", &o->history, &o->record, NULL },
		{ "--ear", NULL, &o->ear, NULL },
		{ "--jwt-key", &o->ear_key, NULL, NULL },
		{ "--from-source", NULL, &o->from_source, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &o->asking.url, 1);

	if (r == 0 && o->json && (o->ear || o->ear_key))
		return fail_usage("verify", "--json or --ear, and not both");
	if (r == 0 && o->from_source && (o->json || o->ear || o->ear_key))
		return fail_usage("verify", "--from-source ends in a line for people: no --json, "
					    "--ear or --jwt-key with it");
	if (r == 0 && o->from_source && !o->asking.trust.feed)
		return fail_usage("verify", "--from-source takes the source from a feed: --feed "
					    "PLACE and --root FILE are needed");
	return r ? r : asking_check("verify", &o->asking);
}

static void print_machine(const struct rampart_report *r)
{
	const struct rampart_golden *g = r->golden;

	if (g) {
		printf("image      %s %s%s, %s %s\n", g->image, g->version,
		       g->debug ? ", DEBUG" : "",
		       g->matches ? "as in" : "which it is not: nearest is", g->name);
		printf("platform   %s %s\n", g->platform, g->shape);
		if (g->config)
			printf("configured %s\n", g->config);
		for (size_t i = 0; i < g->n_signers; i++)
			printf("%s%s", i == 0 ? "signed by  " : ", ", g->signer[i]);
		if (g->n_signers > 0)
			putchar('\n');
	}
	if (r->identity)
		printf("TLS key    sha256:%s\n", r->identity);
	if (r->ak)
		printf("AK         %s, trusted by %s\n", r->ak, r->trust);
	if (r->root)
		printf("root       sha256:%s\n", r->root);
	if (r->until) {
		char text[INSTANT_MAX];

		instant_print(r->until, text);
		printf("until      %s, when its %s ends\n", text, r->until_why);
	}
}

/* What holds, the PCRs, what was verified against what; with explain all checks and differences. */
static void print(const struct rampart_report *r, bool explain)
{
	static const struct show_sides sides = { "expected", "got     ", "extra", "missing", true };
	struct show_table table = { .left = "golden", .right = "quoted", .none = "-" };

	for (size_t i = 0; i < r->n_checks; i++) {
		const struct rampart_check *check = &r->check[i];
		bool fine = check->outcome == RAMPART_HOLDS || check->outcome == RAMPART_SKIPPED;

		if (explain || !fine)
			show_check(check->outcome, check->id, check->text);
	}
	if (explain && r->n_checks > 0)
		putchar('\n');
	for (size_t i = 0; i < r->n_pcrs; i++) {
		const struct rampart_pcr *p = &r->pcr[i];

		show_pcr(&table,
			 &(struct show_row){ .bank = p->bank,
					     .pcr = p->pcr,
					     .from = p->from,
					     .left = p->golden,
					     .left_rule = p->rule,
					     .right = p->value,
					     .result = !p->equal       ? "DIFFERS"
						       : !p->explained ? "NOT EXPLAINED by the logs"
						       : p->rule       ? "as accepted"
						       : p->golden     ? "equal"
								       : "as logged" });
	}
	for (size_t i = 0; explain && i < r->n_differences; i++)
		show_difference(&sides, &r->difference[i]);
	if (r->n_pcrs > 0)
		putchar('\n');
	print_machine(r);
	for (size_t i = 0; i < r->n_warnings; i++)
		printf("warning    %s\n", r->warning[i]);
	for (size_t i = 0; i < r->n_unchecked; i++)
		show_unchecked(r->unchecked[i].pcr, r->unchecked[i].why);
}

/* What all comes to: an exit code, and in reason why. */
struct outcome {
	int code;
	char reason[REBUILD_REASON_MAX + 64];
};

static const enum rampart_outcome outcomes[] = { RAMPART_HOLDS, RAMPART_FAILS, RAMPART_UNSURE };

/* Of the machine, and then of the source. */
static struct outcome judge(const struct verify_options *o, const struct rampart_report *report,
			    struct rampart_feed *feed)
{
	struct outcome all = { .code = show_code(report->verdict) };
	char reason[REBUILD_REASON_MAX] = "";

	snprintf(all.reason, sizeof(all.reason), "%s", report->reason);
	if (!o->from_source || all.code != EXIT_HOLDS)
		return all;
	(void)fflush(stdout); /* what is said next comes on standard error */
	all.code = fromsource("verify", o->asking.trust.feed, feed, report->golden->sha256, reason);
	snprintf(all.reason, sizeof(all.reason), "%s: %s",
		 all.code == EXIT_HOLDS ? "the machine runs what this source builds to"
		 : all.code == EXIT_DIFFERS
			 ? "its golden values are not what their source builds to"
			 : "the machine's proof holds, its source could not be built",
		 reason[0] ? reason : "see above");
	return all;
}

static int record(const struct verify_options *o, const struct rampart_report *report,
		  const struct outcome *all)
{
	const struct prooflog_line line = {
		.time = report->time,
		.machine = o->asking.url ? o->asking.url : o->asking.evidence,
		.identity = report->identity,
		.verdict = rampart_outcome_name(outcomes[all->code]),
		.reason = all->code == EXIT_HOLDS ? NULL : all->reason,
		.report = report,
	};

	return o->record ? history_add("verify", o->history, &line) : 0;
}

/* The exit code. */
static int show(const struct verify_options *o, const struct rampart_report *report,
		struct rampart_feed *feed)
{
	AUTO_FREE char *json = NULL;
	struct outcome all;
	bool written = true;
	int code;

	if (o->ear || o->ear_key)
		json = ear_print("verify", report, o->ear_key);
	else if (o->json)
		json = rampart_report_json(report);
	else
		print(report, o->explain);
	all = judge(o, report, feed);
	code = all.code;
	if (json)
		written = puts(json) != EOF;
	else if (o->json || o->ear || o->ear_key)
		code = EXIT_UNSURE;
	else
		show_verdict(outcomes[code], all.reason);
	code = show_end("verify", written, code);
	return record(o, report, &all) ? EXIT_UNSURE : code;
}

int cmd_verify(int argc, char **argv)
{
	struct rampart_feed *feed = NULL;
	struct verify_options o = { 0 };
	struct attested attested;
	int r = parse_options(argc, argv, &o);

	if (r)
		return r;
	r = ask("verify", &o.asking, &attested, &feed);
	if (r == 0)
		r = show(&o, attested.report, feed);
	rampart_feed_free(feed);
	attested_done(&attested);
	return r;
}
