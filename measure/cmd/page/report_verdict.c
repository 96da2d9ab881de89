/* SPDX-License-Identifier: MIT */
/* The verdict, who is at the other end, and how far all of it goes. */
#include "measure/cmd/instant.h"
#include "measure/cmd/page/report_sections.h"
#include "measure/cmd/page/report_words.h"

static const char *headline(const struct rampart_report *report)
{
	if (report->verdict == RAMPART_FAILS)
		return "This machine has not proved what it should";
	if (report->verdict != RAMPART_HOLDS)
		return "What this machine is could not be told";
	return report->online ? "This machine is what it should be"
			      : "This evidence is of a machine that was what it should be";
}

static void write_reason(FILE *out, const struct rampart_report *report)
{
	const struct check_words *words =
		words_of_check(report->decided_by ? report->decided_by->id : "");

	if (report->verdict == RAMPART_FAILS)
		html(out, "<p class=\"lead\">%s <strong>Send it nothing.</strong></p>\n",
		     words->failure);
	else
		html(out,
		     "<p class=\"lead\">It could not be told whether this holds: %s. <strong>Treat it as a machine that fails.</strong></p>\n",
		     words->claim);
	html(out, "<p class=\"soft\">The first check that decided it: <code>%s</code></p>\n",
	     report->reason);
}

static void write_counts(FILE *out, const struct rampart_report *report)
{
	size_t n[RAMPART_SKIPPED + 1] = { 0 };

	for (size_t i = 0; i < report->n_checks; i++)
		n[report->check[i].outcome]++;
	html(out,
	     "<ul class=\"count small soft\"><li>checks: %zu hold, %zu fail, %zu could not be told, %zu had nothing to look at</li><li>warnings: %zu</li></ul>\n",
	     n[RAMPART_HOLDS], n[RAMPART_FAILS], n[RAMPART_UNSURE], n[RAMPART_SKIPPED],
	     report->n_warnings);
}

void section_verdict(FILE *out, const struct report_page *page)
{
	const struct rampart_report *report = page->report;
	char when[INSTANT_MAX];

	instant_print(report->time, when);
	html(out, "<p class=\"soft small\">Rampart report of <code>%s</code>, %s, %s</p>\n",
	     page->from, report->online ? "over a connection" : "offline, from kept evidence",
	     when);
	html(out, "<div class=\"verdict %s\">\n", outcome_class(report->verdict));
	put_outcome(out, report->verdict, NULL);
	html(out, "<h1>%s</h1>\n", headline(report));
	if (report->verdict != RAMPART_HOLDS)
		write_reason(out, report);
	else if (report->online)
		fputs("<p class=\"lead\">Every check holds: it runs exactly the software that the golden values describe, and this connection ended inside of it.</p>\n",
		      out);
	else
		fputs("<p class=\"lead\">Every check that needs no connection holds. That does not show that the machine still runs, or that you are talking to it.</p>\n",
		      out);
	for (size_t i = 0; i < report->n_unchecked; i++)
		html(out,
		     "<p class=\"bad\"><strong class=\"outcome bad\">Not checked: PCR %u.</strong> %s.</p>\n",
		     report->unchecked[i].pcr, report->unchecked[i].why);
	write_counts(out, report);
	fputs("</div>\n", out);
}

/* ---- who is at the other end ---- */

static void write_image(FILE *out, const struct rampart_golden *golden)
{
	fputs("<dt>Image</dt><dd>", out);
	if (!golden)
		fputs("not known: nothing was compared with golden values", out);
	else if (golden->matches)
		html(out, "<strong>%s %s</strong>%s<span class=\"soft small\">as in %s</span>",
		     golden->image, golden->version,
		     golden->debug ? ", a debug image with a shell" : "", golden->name);
	else
		html(out,
		     "<strong>not known</strong><span class=\"soft small\">nearest is %s %s%s (%s), from which %zu PCR values differ</span>",
		     golden->image, golden->version, golden->debug ? ", a debug image" : "",
		     golden->name, golden->n_differing);
	fputs("</dd>\n", out);
}

static void write_signers(FILE *out, const struct rampart_golden *golden)
{
	if (!golden || golden->n_signers == 0)
		return;
	fputs("<dt>Golden values signed by</dt><dd>", out);
	for (size_t i = 0; i < golden->n_signers; i++)
		html(out, "%s<strong>%s</strong>", i > 0 ? ", " : "", golden->signer[i]);
	fputs("<span class=\"soft small\">of the signers in your policy</span></dd>\n", out);
}

static const char *trust_words(enum rampart_trust trust)
{
	switch (trust) {
	case RAMPART_TRUST_CERTIFICATE:
		return "by its own certificate";
	case RAMPART_TRUST_ACTIVATION:
		return "by the certificate of its TPM, which proved that this key is its own (activation)";
	default:
		return "by nobody that you trust";
	}
}

void section_machine(FILE *out, const struct report_page *page)
{
	const struct rampart_report *report = page->report;
	const struct rampart_golden *golden = report->golden;

	if (report->verdict != RAMPART_HOLDS)
		fputs("<p>The verdict is not \u201cholds\u201d: this is what the machine says, and nothing that it has proved.</p>\n",
		      out);
	fputs("<dl>\n", out);
	write_image(out, golden);
	if (golden)
		html(out,
		     "<dt>Platform</dt><dd>%s%s<span class=\"soft small\">shape <code>%s</code></span></dd>\n",
		     golden->platform, golden->matches ? "" : " (of the nearest golden values)",
		     golden->shape);
	if (golden && golden->config)
		html(out,
		     "<dt>Instance configuration</dt><dd>%s<span class=\"soft small\">what whoever runs it may tell this image, and the golden values accept</span></dd>\n",
		     golden->config);
	write_signers(out, golden);
	html(out,
	     "<dt>TLS key</dt><dd><code>%s</code><span class=\"soft small\">SHA-256 of the key that connections end in, new with each boot</span></dd>\n",
	     report->identity);
	html(out,
	     "<dt>TPM's signing key</dt><dd><code>%s</code><span class=\"soft small\">name of the AK; vouched for %s</span></dd>\n",
	     report->ak, trust_words(report->trusted_by));
	html(out,
	     "<dt>Root of trust</dt><dd><code>%s</code><span class=\"soft small\">%s</span></dd>\n",
	     report->root,
	     report->root ? "SHA-256 of the root certificate that you pinned"
			  : "the TPM leads to no certificate that you pinned");
	if (report->until) {
		char text[INSTANT_MAX];

		instant_print(report->until, text);
		html(out,
		     "<dt>Holds until</dt><dd>%s<span class=\"soft small\">when its %s ends, as the feed of the golden values says; ask again before</span></dd>\n",
		     text, report->until_why);
	}
	fputs("</dl>\n", out);
}

/* ---- how far it goes ---- */

void section_warnings(FILE *out, const struct report_page *page)
{
	const struct rampart_report *report = page->report;

	if (report->n_warnings == 0) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	fputs("<ul>\n", out);
	for (size_t i = 0; i < report->n_warnings; i++)
		html(out, "<li>%s</li>\n", report->warning[i]);
	fputs("</ul>\n", out);
}

void section_limits(FILE *out, const struct report_page *page)
{
	const struct rampart_report *report = page->report;

	fputs("<ul>\n", out);
	if (!report->online)
		fputs("<li><strong>When it was.</strong> This evidence was kept in a file. It shows a machine at some time; not that it was lately, that the machine still runs, or that a connection ends in it. Ask a machine itself for that.</li>\n",
		      out);
	if (report->online && !check_holds(report, "connection.channel"))
		fputs("<li><strong>The connection itself.</strong> The evidence is not shown to be for this very connection: whoever holds the machine's TLS key may be passing it on.</li>\n",
		      out);
	if (report->online)
		fputs("<li><strong>Any other connection, and later.</strong> This was proved once, for one connection. <code>rampart connect</code> lets the machine prove it for each connection and again from time to time.</li>\n",
		      out);
	if (report->golden && report->golden->debug)
		fputs("<li><strong>Privacy.</strong> A debug image has a shell: whoever reaches its console sees everything.</li>\n",
		      out);
	fputs("<li><strong>The TPM and its host.</strong> Whoever made the TPM is believed. A virtual TPM says whatever the host that runs it wants, and a host that reads the machine's memory sees everything: you trust that host, whatever this page says.</li>\n"
	      "<li><strong>The golden values.</strong> They say what the machine should run; that this software is good, they do not. Whoever has the sources can build the image again, and gets the same values.</li>\n"
	      "<li><strong>The model and its container.</strong> They are the expected files, and they are confined. Whether answers are true or useful is nothing that was measured.</li>\n"
	      "<li><strong>The shape of traffic.</strong> Sizes and times of encrypted packets tell something about prompts and answers.</li>\n"
	      "<li><strong>Hands on the hardware.</strong> Attacks on memory, or on the wires of a TPM that is a chip of its own, are out of reach.</li>\n</ul>\n",
	      out);
}

void section_repeat(FILE *out, const struct report_page *page)
{
	html(out,
	     "<p>Ask the same on a command line; golden values and roots should come from where you trust them, not from the machine:</p>\n<pre>%s</pre>\n",
	     page->again);
	if (page->kept)
		html(out,
		     "<p>The evidence of this report was kept, and can be checked offline:</p>\n"
		     "<pre>%s</pre>\n",
		     page->kept);
	fputs("<p>The exit code is 0 when everything holds, 1 when something does not, 2 when it could not be told; <code>--json</code> writes the report for programs.</p>\n"
	      "<p>The golden values are repeated by building the image from its sources with <code>make golden</code>: the same sources give the same bytes.</p>\n",
	      out);
}
