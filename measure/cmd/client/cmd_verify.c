/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "measure/cmd/client/asking.h"
#include "measure/cmd/client/verify_print.h"

const char verify_help[] =
	"usage: rampart verify URL --golden FILE... [OPTION...]\n"
	"       rampart verify --evidence FILE --golden FILE... [--at TIME] [OPTION...]\n"
	"\n"
	"Asks the machine at URL (https://HOST[:PORT]) for its proof, and checks all of it: that "
	"the\n"
	"connection ends in the machine that quotes, that a TPM with a pinned root made the quote "
	"for\n"
	"this request, that the logs lead to the quoted PCRs, and that these are the golden "
	"values.\n"
	"\n" ASKING_HELP "  --explain       every check, and each event that differs\n"
	"  --json          the report as JSON, rampart-report/1\n"
	"\n"
	"Exit code: 0 everything holds, 1 something does not, 2 could not tell.\n";

struct verify_options {
	struct asking asking;
	bool explain, json;
};

static int parse_options(int argc, char **argv, struct verify_options *o)
{
	const struct option_spec options[] = {
		ASKING_OPTIONS(&o->asking),
		{ "--explain", NULL, &o->explain, NULL },
		{ "--json", NULL, &o->json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &o->asking.url, 1);

	return r ? r : asking_check("verify", &o->asking);
}

static bool print(const struct verify_options *o, const struct rampart_report *report)
{
	AUTO_FREE char *json = NULL;

	if (!o->json)
		return verify_print(report, o->explain);
	json = rampart_report_json(report);
	return json && puts(json) != EOF;
}

int cmd_verify(int argc, char **argv)
{
	struct verify_options o = { 0 };
	struct attested attested;
	int r = parse_options(argc, argv, &o);

	if (r)
		return r;
	r = ask("verify", &o.asking, &attested);
	if (r == 0)
		r = print(&o, attested.report) ? asking_code(attested.report)
					       : fail("verify", "cannot write to standard output");
	attested_done(&attested);
	return r;
}
