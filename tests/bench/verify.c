/* SPDX-License-Identifier: MIT */
/*
 * verify EVIDENCE GOLDEN ROOTS: how many verifications a second one core makes through librampart:
 * evidence read from its JSON, and every check over it, the EK's chain included. Prints the number,
 * then the checks that did not hold, which must be "ak.trust" alone: what was kept in a file cannot
 * show an activation.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure/rampart.h"

#define SECONDS 2.0

static struct rampart_error error;

static void die(const char *what)
{
	(void)fprintf(stderr, "verify: %s: %s\n", what, error.text);
	exit(1);
}

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(8 << 20);

	if (!file || !text)
		die(path);
	*ret_len = fread(text, 1, 8 << 20, file);
	(void)fclose(file);
	return text;
}

static double cpu_seconds(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct rampart_report *verify(const struct rampart_policy *policy, const char *json,
				     size_t len)
{
	struct rampart_evidence *evidence;
	struct rampart_report *report;

	if (rampart_evidence_parse(json, len, &evidence, &error) < 0 ||
	    rampart_verify(policy, evidence, NULL, NULL, time(NULL), &report, &error) < 0)
		die("cannot verify");
	rampart_evidence_free(evidence);
	return report;
}

int main(int argc, char **argv)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct rampart_report *report;
	size_t json_len, golden_len, roots_len;
	unsigned n = 0;
	double start;

	if (argc != 4 || !policy)
		return 2;
	const char *json = slurp(argv[1], &json_len), *golden = slurp(argv[2], &golden_len),
		   *roots = slurp(argv[3], &roots_len);
	if (rampart_policy_add_golden(policy, "golden", golden, golden_len, &error) < 0 ||
	    rampart_policy_add_root(policy, roots, roots_len, true, &error) < 0)
		die("cannot set up");
	start = cpu_seconds();
	do {
		rampart_report_free(verify(policy, json, json_len));
		n++;
	} while (cpu_seconds() - start < SECONDS);
	printf("%.0f\n", n / (cpu_seconds() - start));
	report = verify(policy, json, json_len);
	for (size_t i = 0; i < report->n_checks; i++)
		if (report->check[i].outcome != RAMPART_HOLDS &&
		    report->check[i].outcome != RAMPART_SKIPPED)
			printf("%s\n", report->check[i].id);
	return 0;
}
