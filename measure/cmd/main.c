/* SPDX-License-Identifier: MIT */
#include "measure/cmd/cmd.h"
#include "measure/cmd/distance.h"
#include "measure/lib/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "0.1" /* and that of rampart.pc.in */

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* its first line is the usage */
	const char *summary;
};

static const struct command commands[] = {
	{ "plan", cmd_plan, plan_help, "compile an image definition into the plan" },
	{ "volume", cmd_volume, volume_help, "write an image's payload volume" },
	{ "predict", cmd_predict, predict_help, "compute the golden values of an image" },
	{ "update", cmd_update, update_help, "write a new image beside the one on a disk" },
	{ "platform", cmd_platform, platform_help,
	  "record a firmware's part of the golden values" },
	{ "replay", cmd_replay, replay_help, "compute the PCR values an event log leads to" },
	{ "log", cmd_log, log_help, "print the events of a log" },
	{ "explain", cmd_explain, explain_help, "compare a machine with its golden values" },
	{ "diff", cmd_diff, diff_help, "compare two files of golden values" },
	{ "verify", cmd_verify, verify_help, "verify what a machine runs" },
	{ "report", cmd_report, report_help, "verify a machine, and write the result as a page" },
	{ "certs", cmd_certs, certs_help, "fetch the certificates above that of a TPM" },
	{ "check", cmd_check, check_help, "check the folder of a release" },
	{ "connect", cmd_connect, connect_help, "a local proxy to a machine that proves itself" },
	{ "tlog", cmd_tlog, tlog_help, "keep a transparency log of releases" },
	{ "history", cmd_history, history_help, "what --record recorded" },
	{ "rebuild-check", cmd_rebuild, rebuild_help, "build a release again and compare" },
};

static void print_overview(FILE *out)
{
	fputs("usage: rampart COMMAND [ARGUMENT...]\n       rampart --version\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-13s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`rampart COMMAND --help` says more. Exit codes: 0 holds, 1 does not hold,\n"
	      "2 could not tell (usage, unreadable or malformed input).\n",
	      out);
}

static int fail_unknown(const char *name)
{
	const char *nearest = NULL;
	unsigned best = 3; /* slips are taken for another word */

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned slips = distance(name, commands[i].name);

		if (slips < best) {
			best = slips;
			nearest = commands[i].name;
		}
	}
	if (nearest)
		fprintf(stderr,
			"rampart: no command \"%s\"; the nearest is \"%s\" (see: rampart help)\n",
			name, nearest);
	else
		fprintf(stderr, "rampart: no command \"%s\" (see: rampart help)\n", name);
	return EXIT_UNSURE;
}

/* Standard output may be on a full disk: a result that was not written is an error. */
static int flush(const char *name, int code)
{
	if (fflush(stdout) || ferror(stdout))
		return fail(name, "cannot write to standard output");
	return code;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (name && (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))) {
		print_overview(stdout);
		return flush("help", EXIT_HOLDS);
	}
	if (name && !strcmp(name, "--version")) {
		puts("rampart " VERSION);
		return flush(name, EXIT_HOLDS);
	}
	for (size_t i = 0; name && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
			fputs(commands[i].help, stdout);
			return flush(name, EXIT_HOLDS);
		}
		return flush(name, commands[i].run(argc - 1, argv + 1));
	}
	if (name)
		return fail_unknown(name);
	print_overview(stderr);
	return EXIT_UNSURE;
}
