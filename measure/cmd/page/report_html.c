/* SPDX-License-Identifier: MIT */
#include "measure/cmd/page/report_html.h"

#include <string.h>

#include "measure/cmd/page/report_sections.h"
#include "measure/lib/array.h"

/*
 * Two files of this folder, each with a NUL behind it. The policy in the frame forbids what an
 * escaping that fails might let in: scripts, other files, forms.
 */
__asm__(".section .rodata\n"
	"page_html: .incbin \"measure/cmd/page/page.html\"\n"
	"	.byte 0\n"
	"page_css: .incbin \"measure/cmd/page/page.css\"\n"
	"	.byte 0\n"
	".previous\n");
extern const char page_html[], page_css[];

struct section {
	const char *id, *title;
	void (*write)(FILE *out, const struct report_page *page);
};

static const struct section sections[] = {
	{ "machine", "Who is at the other end", section_machine },
	{ "chain", "From the TPM to this connection", section_ladder },
	{ "differences", "What differs", section_differences },
	{ "plan", "What the machine enforces", section_plan },
	{ "warnings", "Warnings", section_warnings },
	{ "limits", "What this does not prove", section_limits },
	{ "checks", "Every check", section_checks },
	{ "pcrs", "Measured values", section_pcrs },
	{ "timeline", "The boot, event by event", section_timeline },
	{ "repeat", "Repeat this check", section_repeat },
};

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

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
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

/* ---- the page ---- */

static void put_title(FILE *out, const struct report_page *page)
{
	html_text(out, rampart_outcome_name(page->report->verdict));
}

static void put_style(FILE *out, const struct report_page *page)
{
	(void)page;
	fputs(page_css, out);
}

static void put_contents(FILE *out, const struct report_page *page)
{
	(void)page;
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		html(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
}

static void put_sections(FILE *out, const struct report_page *page)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		html(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
		     sections[i].id, sections[i].id, sections[i].title);
		sections[i].write(out, page);
		fputs("</section>\n", out);
	}
}

/* The frame with each {{part}} of it. */
bool report_html(FILE *out, const struct report_page *page)
{
	static const struct {
		const char *name;
		void (*put)(FILE *out, const struct report_page *page);
	} parts[] = {
		{ "title}}", put_title },	  { "style}}", put_style },
		{ "verdict}}", section_verdict }, { "contents}}", put_contents },
		{ "sections}}", put_sections },
	};
	const char *rest = page_html;

	for (const char *part; (part = strstr(rest, "{{")); rest = part) {
		fwrite(rest, 1, (size_t)(part - rest), out);
		part += 2;
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
			size_t len = strlen(parts[i].name);

			if (strncmp(part, parts[i].name, len) != 0)
				continue;
			parts[i].put(out, page);
			part += len;
			break;
		}
	}
	fputs(rest, out);
	return !ferror(out);
}
