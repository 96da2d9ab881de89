/* SPDX-License-Identifier: MIT */
/* Verifies evidence that was kept: example GOLDEN ROOT EVIDENCE TIME */
#include <rampart.h>
#include <stdio.h>
#include <stdlib.h>

struct text {
	char bytes[4 << 20];
	size_t len;
};

static void read_file(const char *path, struct text *ret)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		exit(2);
	}
	ret->len = fread(ret->bytes, 1, sizeof(ret->bytes), file);
	fclose(file);
}

static void must(int r, const struct rampart_error *error)
{
	if (r == 0)
		return;
	fprintf(stderr, "%s\n", error->text);
	exit(2);
}

int main(int argc, char **argv)
{
	static struct text golden, root, json;
	struct rampart_policy *policy = rampart_policy_new();
	struct rampart_evidence *evidence;
	struct rampart_report *report;
	struct rampart_error error;
	enum rampart_outcome verdict;

	if (argc != 5 || !policy)
		return 2;
	read_file(argv[1], &golden);
	read_file(argv[2], &root);
	read_file(argv[3], &json);

	must(rampart_policy_add_golden(policy, argv[1], golden.bytes, golden.len, &error), &error);
	must(rampart_policy_add_root(policy, root.bytes, root.len, true, &error), &error);
	must(rampart_evidence_parse(json.bytes, json.len, &evidence, &error), &error);
	must(rampart_verify(policy, evidence, NULL, NULL, atoll(argv[4]), &report, &error), &error);

	verdict = report->verdict;
	printf("%s %s\n", rampart_outcome_name(verdict), report->reason);
	for (size_t i = 0; i < report->n_warnings; i++)
		printf("warning: %s\n", report->warning[i]);

	rampart_report_free(report);
	rampart_evidence_free(evidence);
	rampart_policy_free(policy);
	return (int)verdict;
}
