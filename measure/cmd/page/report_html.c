/* SPDX-License-Identifier: MIT */
#include "measure/cmd/page/report_html.h"

#include "measure/cmd/page/report_sections.h"

struct section {
	const char *id, *title;
	void (*write)(FILE *out, const struct report_page *page);
};

static const struct section sections[] = {
	{ "machine", "Who is at the other end", section_machine },
	{ "chain", "From the TPM to this connection", section_ladder },
	{ "differences", "What differs", section_differences },
	{ "warnings", "Warnings", section_warnings },
	{ "limits", "What this does not prove", section_limits },
	{ "checks", "Every check", section_checks },
	{ "pcrs", "Measured values", section_pcrs },
	{ "timeline", "The boot, event by event", section_timeline },
	{ "repeat", "Repeat this check", section_repeat },
};

#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

const char *outcome_class(enum rampart_outcome outcome)
{
	static const char *const classes[] = { "good", "bad", "open", "none" };

	return classes[outcome];
}

void put_outcome(FILE *out, enum rampart_outcome outcome, const char *word)
{
	static const char *const signs[] = { "\u2713", "\u2717", "?", "\u2013" };
	static const char *const usual[] = { "holds", "does not hold", "could not tell",
					     "not checked" };

	html(out, "<span class=\"outcome %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
	     outcome_class(outcome), signs[outcome], word ? word : usual[outcome]);
}

bool check_holds(const struct rampart_report *report, const char *id)
{
	const struct rampart_check *check = rampart_report_check(report, id);

	return check && check->outcome == RAMPART_HOLDS;
}

bool values_are_proved(const struct rampart_report *report)
{
	static const char *const ids[] = { "ak.claims",	    "quote.signature", "quote.header",
					   "quote.binding", "quote.selection", "quote.digest",
					   "ak.trust" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!check_holds(report, ids[i]))
			return false;
	return true;
}

enum rampart_outcome pcr_outcome(const struct rampart_pcr *pcr)
{
	if (!pcr->equal || !pcr->explained)
		return RAMPART_FAILS;
	return pcr->golden ? RAMPART_HOLDS : RAMPART_UNSURE;
}

const char *pcr_word(const struct rampart_pcr *pcr)
{
	if (!pcr->equal)
		return "differs";
	if (!pcr->explained)
		return "not explained by the logs";
	return pcr->golden ? "equal" : "nothing to compare with";
}

/* The policy forbids what an escaping that fails might let in: scripts, other files, forms. */
static void write_head(FILE *out, const struct rampart_report *report)
{
	html(out,
	     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	     "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	     "<meta name=\"color-scheme\" content=\"light dark\">\n"
	     "<meta name=\"referrer\" content=\"no-referrer\">\n"
	     "<title>Rampart report: %s</title>\n<style>\n",
	     rampart_outcome_name(report->verdict));
	fputs(report_style, out);
	fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#machine\">To the details</a>\n",
	      out);
}

static void write_contents(FILE *out)
{
	fputs("<nav aria-label=\"Contents\"><ul>\n", out);
	for (size_t i = 0; i < N_SECTIONS; i++)
		html(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
	fputs("</ul></nav>\n", out);
}

bool report_html(FILE *out, const struct report_page *page)
{
	write_head(out, page->report);
	fputs("<header>\n", out);
	section_verdict(out, page);
	write_contents(out);
	fputs("</header>\n<main>\n", out);
	for (size_t i = 0; i < N_SECTIONS; i++) {
		html(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
		     sections[i].id, sections[i].id, sections[i].title);
		sections[i].write(out, page);
		fputs("</section>\n", out);
	}
	fputs("</main>\n<footer><p class=\"soft small\">Written by <code>rampart report</code>. "
	      "This "
	      "page is only as good as the machine that it was written on and the way that it came "
	      "to you: when it matters, repeat the check "
	      "yourself.</p></footer>\n</body>\n</html>\n",
	      out);
	return !ferror(out);
}
