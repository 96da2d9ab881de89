/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/client/asking.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/page/report_html.h"
#include "measure/cmd/page/report_plan.h"
#include "measure/cmd/show.h"

const char report_help[] =
	"usage: rampart report URL --golden FILE... [OPTION...]\n"
	"       rampart report --evidence FILE --golden FILE... [--at TIME] [OPTION...]\n"
	"\n"
	"Verifies as `rampart verify` does, and writes all of it as one HTML page for people: the verdict,\n"
	"the chain from firmware to model, every check, value and event, and what was not proved. The page\n"
	"needs no script, no other file and no network.\n"
	"\n" ASKING_HELP
	"  --output FILE   write the page there, whole or not at all (standard output)\n"
	"  --plan FILE     the plan that the machine measured, of its release: shown in words\n"
	"\n"
	"Exit code: 0 everything holds, 1 something does not, 2 could not tell. There is a page for each.\n";

struct report_options {
	struct asking asking;
	const char *output, *plan;
};

static int parse_options(int argc, char **argv, struct report_options *o)
{
	const struct option_spec options[] = {
		ASKING_OPTIONS(&o->asking),
		{ "--output", &o->output, NULL, NULL },
		{ "--plan", &o->plan, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &o->asking.url, 1);

	return r ? r : asking_check("report", &o->asking);
}

/* ---- the command line that asks the same ---- */

/* A word as a shell reads it: POSIX, "Shell Command Language", 2.2.2 "Single-Quotes". */
static void put_word(FILE *out, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,=%";

	putc(' ', out);
	if (*word && word[strspn(word, plain)] == '\0') {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	putc('\'', out);
}

static void put_option(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	fprintf(out, " %s", name);
	put_word(out, value);
}

static void put_options(FILE *out, const char *name, const struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		put_option(out, name, list->v[i]);
}

/*
 * Of the machine at url, or of the evidence in a file at the time of the report. NULL: no memory.
 */
static char *command_line(const struct asking *a, const char *url, const char *evidence)
{
	char *text = NULL, when[INSTANT_MAX];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("rampart verify", out);
	if (url)
		put_word(out, url);
	put_option(out, "--evidence", evidence);
	put_options(out, "--golden", &a->trust.golden);
	put_option(out, "--feed", a->trust.feed);
	put_option(out, "--root", a->trust.root);
	put_options(out, "--signature", &a->trust.signatures);
	put_options(out, "--roots", &a->trust.roots);
	put_options(out, "--certs", &a->trust.certs);
	put_option(out, "--policy", a->trust.policy);
	instant_print(a->time, when);
	if (evidence)
		put_option(out, "--at", when);
	fputs(a->trust.debug ? " --debug --explain" : " --explain", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- the page ---- */

/* What the page is made of, besides the report. */
struct material {
	struct rampart_event *events;
	size_t n_events;
	struct rampart_error error; /* why there are none */
	char *plan;
};

/* 0, or EXIT_UNSURE after an error line. */
static int gather(const struct report_options *o, const struct attested *attested,
		  struct material *m)
{
	m->error = (struct rampart_error){ "the evidence cannot be read" };
	if (attested->evidence)
		(void)rampart_evidence_events(attested->evidence, &m->events, &m->n_events,
					      &m->error);
	if (!o->plan)
		return 0;
	return plan_of_machine(o->plan, m->events, m->n_events, &m->plan);
}

/* 0, or -1 with errno. */
static int write_page(FILE *out, const struct asking *a, const struct attested *attested,
		      const struct material *m)
{
	AUTO_FREE char *again = command_line(a, a->url, a->evidence);
	AUTO_FREE char *kept = a->save ? command_line(a, NULL, a->save) : NULL;
	struct report_page page = { .report = attested->report,
				    .event = m->events,
				    .n_events = m->n_events,
				    .no_events = m->error.text,
				    .from = a->url ? a->url : a->evidence,
				    .again = again,
				    .kept = kept,
				    .plan = m->plan };

	if (!again || (a->save && !kept)) {
		errno = ENOMEM;
		return -1;
	}
	return report_html(out, &page) && fflush(out) == 0 ? 0 : -1;
}

static int write_file(const char *path, const struct asking *a, const struct attested *attested,
		      const struct material *m)
{
	AUTO_FREE char *tmp = NULL;
	FILE *out = NULL;
	int r;

	if (asprintf(&tmp, "%s.tmp", path) < 0) {
		tmp = NULL; /* undefined then */
		return fail("report", "out of memory");
	}
	out = fopen(tmp, "we");
	if (!out)
		return fail("report", "%s: %s", tmp, strerror(errno));
	r = write_page(out, a, attested, m);
	if (r == 0 && fsync(fileno(out)) < 0)
		r = -1;
	if (fclose(out) != 0)
		r = -1;
	if (r == 0 && rename(tmp, path) == 0)
		return 0;
	r = fail("report", "%s: %s", path, strerror(errno));
	(void)unlink(tmp);
	return r;
}

int cmd_report(int argc, char **argv)
{
	struct report_options o = { 0 };
	struct attested attested;
	struct material material = { 0 };
	int r = parse_options(argc, argv, &o);

	if (r)
		return r;
	r = ask("report", &o.asking, &attested, NULL);
	if (r == 0)
		r = gather(&o, &attested, &material);
	if (r == 0 && o.output)
		r = write_file(o.output, &o.asking, &attested, &material);
	else if (r == 0)
		r = show_end("report", write_page(stdout, &o.asking, &attested, &material) == 0, 0);
	if (r == 0)
		r = show_code(attested.report->verdict);
	free(material.events);
	free(material.plan);
	attested_done(&attested);
	return r;
}
