/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/verify_print.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_DIGITS 20 /* of a digest in the table */

/* Checks that do not hold are always shown, the others where people want to see all. */
static void print_checks(const struct rampart_report *r, bool all)
{
	for (size_t i = 0; i < r->n_checks; i++) {
		const struct rampart_check *check = &r->check[i];
		bool fine = check->outcome == RAMPART_HOLDS || check->outcome == RAMPART_SKIPPED;

		if (all || !fine)
			printf("%-8s %-20s %s\n", rampart_outcome_name(check->outcome), check->id,
			       check->text);
	}
}

static void print_digest(const char *hex)
{
	if (hex)
		printf("%.*s..  ", SHOWN_DIGITS, hex);
	else
		printf("%-*s", SHOWN_DIGITS + 4, "-");
}

static void print_pcrs(const struct rampart_report *r)
{
	for (size_t i = 0; i < r->n_pcrs; i++) {
		const struct rampart_pcr *p = &r->pcr[i];

		if (i == 0 || strcmp(p->bank, r->pcr[i - 1].bank) != 0)
			printf("%s%-6s %-8s %-*s  %s\n", i == 0 ? "" : "\n", p->bank, "from",
			       SHOWN_DIGITS + 2, "golden", "quoted");
		printf("PCR %-2u %-8s ", p->pcr, p->from);
		print_digest(p->golden);
		print_digest(p->value);
		printf("%s\n", !p->equal       ? "DIFFERS"
			       : !p->explained ? "NOT EXPLAINED by the logs"
			       : p->golden     ? "equal"
					       : "as logged");
	}
	if (r->n_pcrs > 0)
		putchar('\n');
}

static void print_difference(const struct rampart_difference *d)
{
	printf("PCR %u: %s event %s \"%s\"\n", d->pcr, d->kind,
	       d->expected ? d->expected_type : d->got_type,
	       d->expected ? d->expected_what : d->got_what);
	if (d->expected)
		printf("  expected %s %s\n", d->bank, d->expected);
	if (d->log)
		printf("  got      %s %s\n  in the log: event %zu of the %s log, %s \"%s\"\n",
		       d->bank, d->got, d->number, d->log, d->got_type, d->got_what);
	putchar('\n');
}

static void print_signers(const struct rampart_golden *g)
{
	for (size_t i = 0; i < g->n_signers; i++)
		printf("%s%s", i == 0 ? "signed by  " : ", ", g->signer[i]);
	if (g->n_signers > 0)
		putchar('\n');
}

static void print_machine(const struct rampart_report *r)
{
	const struct rampart_golden *g = r->golden;

	if (g)
		printf("image      %s %s%s, %s %s\n", g->image, g->version,
		       g->debug ? ", DEBUG" : "",
		       g->matches ? "as in" : "which it is not: nearest is", g->name);
	if (g)
		printf("platform   %s %s\n", g->platform, g->shape);
	if (g)
		print_signers(g);
	if (r->identity)
		printf("TLS key    sha256:%s\n", r->identity);
	if (r->ak)
		printf("AK         %s, trusted by %s\n", r->ak, r->trust);
	if (r->root)
		printf("root       sha256:%s\n", r->root);
}

bool verify_print(const struct rampart_report *r, bool explain)
{
	static const char *const verdicts[] = { "holds", "does not hold", "cannot tell" };

	print_checks(r, explain);
	if (explain && r->n_checks > 0)
		putchar('\n');
	print_pcrs(r);
	for (size_t i = 0; explain && i < r->n_differences; i++)
		print_difference(&r->difference[i]);
	print_machine(r);
	for (size_t i = 0; i < r->n_warnings; i++)
		printf("warning    %s\n", r->warning[i]);
	printf("\n%s%s%s\n", verdicts[r->verdict], r->reason[0] ? ": " : "", r->reason);
	return !ferror(stdout);
}
