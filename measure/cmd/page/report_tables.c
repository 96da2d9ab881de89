/* SPDX-License-Identifier: MIT */
/* Every check, every PCR, every difference. */
#include <string.h>

#include "measure/cmd/page/report_sections.h"
#include "measure/cmd/page/report_words.h"

static void write_check(FILE *out, const struct rampart_check *check)
{
	bool odd = check->outcome == RAMPART_FAILS || check->outcome == RAMPART_UNSURE;

	html_row(out, odd ? outcome_class(check->outcome) : "");
	html_row_head(out, "");
	html(out, "%s<span class=\"soft small\"><code>%s</code></span>",
	     words_of_check(check->id)->claim, check->id);
	html_row_head_end(out);
	html_cell(out, "");
	put_outcome(out, check->outcome, NULL);
	html_cell_end(out);
	html_cell(out, "Found:");
	html_text(out, check->text);
	html_cell_end(out);
	html_row_end(out);
}

void section_checks(FILE *out, const struct report_page *page)
{
	static const char *const columns[] = { "What is checked", "Outcome", "What was found",
					       NULL };

	fputs("<p>All are made, whatever the others say. The verdict is over all of them, but of the ways to trust the signing key one is enough.</p>\n",
	      out);
	html_table(out, "checks", "Checks, in the order of the report", columns);
	for (size_t i = 0; i < page->report->n_checks; i++)
		write_check(out, &page->report->check[i]);
	html_table_end(out);
}

/* ---- PCRs ---- */

static void write_digest(FILE *out, const char *label, const char *digest, const char *same_as)
{
	html_cell(out, label);
	if (digest && same_as && !strcmp(digest, same_as))
		fputs("the same", out);
	else
		html(out, "<code class=\"digest\">%s</code>", digest);
	html_cell_end(out);
}

static void write_pcr(FILE *out, const struct rampart_pcr *pcr)
{
	enum rampart_outcome outcome = pcr_outcome(pcr);

	html_row(out, outcome == RAMPART_HOLDS ? "" : outcome_class(outcome));
	html_row_head(out, "");
	html(out, "PCR %u<span class=\"soft small\">%s; from %s</span>", pcr->pcr,
	     pcr->pcr < WORDS_PCRS ? words_of_pcr[pcr->pcr] : NULL, pcr->from);
	html_row_head_end(out);
	html_cell(out, "");
	put_outcome(out, outcome, pcr_word(pcr));
	html_cell_end(out);
	if (pcr->rule) {
		html_cell(out, "Golden:");
		html_text(out, pcr->rule);
		html_cell_end(out);
	} else {
		write_digest(out, "Golden:", pcr->golden, NULL);
	}
	write_digest(out, "Quoted:", pcr->value, pcr->golden);
	write_digest(out, "Replayed:", pcr->replayed, pcr->golden ? pcr->golden : pcr->value);
	html_row_end(out);
}

static void write_bank(FILE *out, const struct rampart_pcr *pcr, size_t n)
{
	static const char *const columns[] = { "Register",	     "Outcome", "Golden", "Quoted",
					       "Replayed from logs", NULL };
	char caption[64];

	snprintf(caption, sizeof(caption), "Bank %s", pcr->bank);
	html_table(out, "pcrs", caption, columns);
	for (size_t i = 0; i < n; i++)
		write_pcr(out, &pcr[i]);
	html_table_end(out);
}

void section_pcrs(FILE *out, const struct report_page *page)
{
	const struct rampart_report *report = page->report;

	if (report->n_pcrs == 0) {
		fputs("<p>The machine shows none that can be read.</p>\n", out);
		return;
	}
	fputs("<p>A PCR is a register of the TPM that can only be added to: its value stands for everything that was measured into it, in order. <em>Golden</em> is what was predicted, <em>quoted</em> what the TPM holds, <em>replayed</em> what the machine's logs lead to. All three must be the same. PCR 15 differs with each boot, and its golden value is computed from the TLS key.</p>\n",
	      out);
	if (!values_are_proved(report))
		fputs("<p><strong>The quoted values are not proved</strong>: here they are what the machine says.</p>\n",
		      out);
	for (size_t first = 0, i = 1; i <= report->n_pcrs; i++) {
		if (i < report->n_pcrs && !strcmp(report->pcr[i].bank, report->pcr[first].bank))
			continue;
		write_bank(out, &report->pcr[first], i - first);
		first = i;
	}
}

/* ---- differences ---- */

static const char *kind_words(enum rampart_difference_kind kind)
{
	static const char *const words[] = {
		[RAMPART_CHANGED] = "Something else was measured than was predicted.",
		[RAMPART_EXTRA] = "Something was measured that was not predicted.",
		[RAMPART_MISSING] = "Something was predicted and is not in the log.",
		[RAMPART_RETYPED] =
			"The log calls it by another type than was predicted; the digest is the same.",
	};

	return words[kind];
}

static void write_difference(FILE *out, const struct rampart_difference *d)
{
	html(out,
	     "<div class=\"difference bad\"><h3>PCR %u, %s: <span class=\"outcome bad\">%s</span></h3>\n"
	     "<p>%s</p>\n<dl>\n",
	     d->pcr, d->bank, d->kind, kind_words(d->how));
	if (d->expected)
		html(out,
		     "<dt>Predicted</dt><dd>%s <span class=\"soft small\">%s</span><code class=\"small\">%s</code></dd>\n",
		     d->expected_what, d->expected_type, d->expected);
	if (d->got)
		html(out,
		     "<dt>In the log</dt><dd>%s <span class=\"soft small\">%s, event %zu of the %s log</span><code class=\"small\">%s</code></dd>\n",
		     d->got_what, d->got_type, d->number, d->log, d->got);
	fputs("</dl></div>\n", out);
}

void section_differences(FILE *out, const struct report_page *page)
{
	const struct rampart_report *report = page->report;

	if (report->n_differences == 0) {
		html(out, "<p>%s</p>\n",
		     check_holds(report, "golden.values") && check_holds(report, "logs.replay") &&
				     check_holds(report, "golden.types")
			     ? "Nothing: each event is the one that was predicted."
			     : "No event that differs was found, and yet not all is as predicted: see the checks.");
		return;
	}
	fputs("<p>These events are not as in the golden values that come nearest. The first ones of each PCR are here; what comes after often only follows from them. What the log says about an event is a claim, its digest is not.</p>\n",
	      out);
	for (size_t i = 0; i < report->n_differences; i++)
		write_difference(out, &report->difference[i]);
}
