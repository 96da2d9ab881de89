/* SPDX-License-Identifier: MIT */
/* The chain of trust as a ladder: each rung carries the next. */
#include <string.h>

#include "measure/cmd/page/report_sections.h"
#include "measure/cmd/page/report_words.h"
#include "measure/lib/array.h"

#define RUNG_CHECKS  8
#define SHORT_DIGITS 10 /* of a digest that is there to be compared by eye */

struct rung {
	const char *title;
	const char *who;   /* who measures what */
	const char *words; /* for people who know none of it */
	uint32_t pcrs;	   /* bit for bit */
	const char *check[RUNG_CHECKS];
};

#define PCR(n) (UINT32_C(1) << (n))

static const struct rung rungs[] = {
	{ "The TPM",
	  "The TPM signs the measurements; its maker, or its cloud, vouches for it",
	  "A TPM keeps measurements where no software can take them back, and signs them with a key that never leaves it. Someone whose certificate you pinned must vouch for that TPM.",
	  0,
	  { "ak.claims", "quote.signature", "quote.header", "quote.binding", "quote.selection",
	    "quote.digest", "ak.trust" } },
	{ "Firmware",
	  "The firmware measures itself and what added devices bring along",
	  "The first code that runs. Everything after it is measured by something that was itself measured before.",
	  PCR(0) | PCR(2) | PCR(3) | PCR(6),
	  { 0 } },
	{ "The machine's set-up",
	  "The firmware measures boot settings, the machine's tables and Secure Boot's keys",
	  "What the machine is made of and how it starts: memory, processors, boot order.",
	  PCR(1) | PCR(7),
	  { 0 } },
	{ "Disk and boot programs",
	  "The firmware measures the disk's layout and each program before it starts: boot loader, system image, kernel",
	  "Another disk, or one changed byte in a program that starts, shows here.",
	  PCR(4) | PCR(5),
	  { 0 } },
	{ "System image",
	  "systemd-stub measures each part of the system image before it uses it",
	  "Kernel, command line and file system of the system, each by itself.",
	  PCR(11),
	  { 0 } },
	{ "Nothing on top",
	  "systemd-stub and the kernel would measure whatever is added at boot",
	  "Options typed at the boot menu, passwords or files slipped in: any of it would show. These must be zero.",
	  PCR(10) | PCR(12),
	  { 0 } },
	{ "Kernel",
	  "The kernel measures its command line and the initramfs, which is the whole system",
	  "The system lives in memory only; every file of it is in this measurement.",
	  PCR(9),
	  { 0 } },
	{ "The plan",
	  "init measures the plan and the instance's configuration before it obeys them",
	  "What will run, with which limits, and what it may do. There is no other policy.",
	  PCR(8),
	  { 0 } },
	{ "The container",
	  "init measures the container's files before it mounts them",
	  "The program that serves the model, with everything it needs.",
	  PCR(13),
	  { 0 } },
	{ "The model",
	  "init measures each model file while it loads it into memory",
	  "The weights that answer your prompts.",
	  PCR(14),
	  { 0 } },
	{ "The channel's key",
	  "init measures the TLS key that the machine made for this boot, then closes its measurements",
	  "The key exists only in this machine's memory. Whoever holds a connection to it talks to what was measured above.",
	  PCR(15),
	  { "runtime.error", "runtime.identity", "runtime.ready", "pcr15" } },
	{ "This connection",
	  "You compare your own end of the connection with the evidence",
	  "The evidence must be for your request, and the connection must end in that key, with nobody in between.",
	  0,
	  { "connection.key", "connection.nonce", "connection.channel" } },
};

/* What is worse counts: fails, then unsure, then skipped, then holds. */
static enum rampart_outcome worse(enum rampart_outcome a, enum rampart_outcome b)
{
	static const int rank[] = { 0, 3, 2, 1 };

	return rank[a] > rank[b] ? a : b;
}

static enum rampart_outcome outcome_of(const struct rampart_report *report, const struct rung *rung)
{
	enum rampart_outcome worst = RAMPART_HOLDS;
	uint32_t seen = 0;

	for (size_t i = 0; i < report->n_pcrs; i++) {
		if (!(rung->pcrs & PCR(report->pcr[i].pcr)))
			continue;
		worst = worse(worst, pcr_outcome(&report->pcr[i]));
		seen |= PCR(report->pcr[i].pcr);
	}
	if (seen != rung->pcrs)
		worst = worse(worst, RAMPART_UNSURE);
	for (size_t i = 0; i < RUNG_CHECKS && rung->check[i]; i++) {
		const struct rampart_check *check = rampart_report_check(report, rung->check[i]);

		worst = worse(worst, check ? check->outcome : RAMPART_UNSURE);
	}
	return worst;
}

static void write_short(FILE *out, const char *name, const char *digest)
{
	char digits[SHORT_DIGITS + 1] = "";

	if (digest)
		snprintf(digits, sizeof(digits), "%s", digest);
	html(out, "<span>%s <code>%s%s</code></span>", name, digest ? digits : NULL,
	     digest ? "\u2026" : "");
}

/* One line for each PCR, of the first bank: the others say the same, and are below. */
static void write_values(FILE *out, const struct rampart_report *report, const struct rung *rung)
{
	fputs("<ul class=\"values small\">\n", out);
	for (size_t i = 0; i < report->n_pcrs; i++) {
		const struct rampart_pcr *pcr = &report->pcr[i];

		if (!(rung->pcrs & PCR(pcr->pcr)) || strcmp(pcr->bank, report->pcr[0].bank) != 0)
			continue;
		html(out, "<li><span>PCR %u</span>", pcr->pcr);
		put_outcome(out, pcr_outcome(pcr), pcr_word(pcr));
		write_short(out, "golden", pcr->golden);
		write_short(out, "actual", pcr->value);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void write_digests(FILE *out, const struct rampart_report *report, const struct rung *rung)
{
	fputs("<details><summary class=\"small\">Whole digests</summary><dl class=\"small\">\n",
	      out);
	for (size_t i = 0; i < report->n_pcrs; i++) {
		const struct rampart_pcr *pcr = &report->pcr[i];

		if (rung->pcrs & PCR(pcr->pcr))
			html(out,
			     "<dt>PCR %u, %s, golden</dt><dd><code>%s</code></dd>\n"
			     "<dt>PCR %u, %s, actual</dt><dd><code>%s</code></dd>\n",
			     pcr->pcr, pcr->bank, pcr->golden, pcr->pcr, pcr->bank, pcr->value);
	}
	fputs("</dl></details>\n", out);
}

static void write_checks(FILE *out, const struct rampart_report *report, const struct rung *rung)
{
	fputs("<ul class=\"claims small\">\n", out);
	for (size_t i = 0; i < RUNG_CHECKS && rung->check[i]; i++) {
		const struct rampart_check *check = rampart_report_check(report, rung->check[i]);

		fputs("<li>", out);
		put_outcome(out, check ? check->outcome : RAMPART_UNSURE, NULL);
		html(out, "<span>%s</span></li>\n", words_of_check(rung->check[i])->claim);
	}
	fputs("</ul>\n", out);
}

/* A link that holds, measured by one that does not: that one could have told anything. */
#define SHAKEN "equal, but carried by a link that does not hold"

static void write_rung(FILE *out, const struct rampart_report *report, const struct rung *rung,
		       bool carried)
{
	enum rampart_outcome outcome = outcome_of(report, rung);
	bool shaken = outcome == RAMPART_HOLDS && !carried;

	if (shaken)
		outcome = RAMPART_UNSURE;
	html(out, "<li class=\"%s\"><div class=\"rung\"><h3>%s</h3>", outcome_class(outcome),
	     rung->title);
	put_outcome(out, outcome, shaken ? SHAKEN : NULL);
	html(out, "</div>\n<p>%s.</p>\n<p class=\"soft\">%s</p>\n", rung->who, rung->words);
	if (rung->check[0])
		write_checks(out, report, rung);
	if (rung->pcrs && report->n_pcrs > 0) {
		write_values(out, report, rung);
		write_digests(out, report, rung);
	}
	fputs("</li>\n", out);
}

void section_ladder(FILE *out, const struct report_page *page)
{
	bool carried = true;

	fputs("<p>Each link measures the next one before it starts it, and the TPM keeps the measurements in registers (PCRs). A link holds when it has exactly the value that was predicted, and when all links above it hold: one that does not hold can tell anything about those that come after it.</p>\n",
	      out);
	if (!values_are_proved(page->report))
		fputs("<p><strong>The first link is not shown to hold</strong>, so values that are equal below prove nothing: they are what the machine says.</p>\n",
		      out);
	fputs("<ol class=\"ladder\">\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(rungs); i++) {
		write_rung(out, page->report, &rungs[i], carried);
		carried = carried && outcome_of(page->report, &rungs[i]) == RAMPART_HOLDS;
	}
	fputs("</ol>\n", out);
}
