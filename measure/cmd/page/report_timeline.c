/* SPDX-License-Identifier: MIT */
/* All events of both logs in their order, by who was running. */
#include <string.h>

#include "measure/cmd/page/report_sections.h"
#include "measure/record/compare.h"

enum stage { STAGE_FIRMWARE, STAGE_BOOT, STAGE_STUB, STAGE_KERNEL, STAGE_INIT, _STAGE_MAX };

static const char *const stages[_STAGE_MAX] = {
	[STAGE_FIRMWARE] = "Firmware",
	[STAGE_BOOT] = "Boot loader (systemd-boot)",
	[STAGE_STUB] = "System image's stub (systemd-stub)",
	[STAGE_KERNEL] = "Kernel",
	[STAGE_INIT] = "init",
};

/* How an event stands to the golden ones. */
enum mark {
	MARK_GOLDEN,
	MARK_OWN, /* of PCR 15, which is of this boot, and as it should be */
	MARK_CHANGED,
	MARK_EXTRA,
	MARK_RETYPED,
	MARK_MISSING,
	MARK_UNBORNE, /* golden, or it may be; but the TPM holds something else */
	MARK_UNKNOWN,
	MARK_NONE /* an event that no PCR holds */
};

static const struct {
	enum rampart_outcome outcome;
	const char *word;
} marks[] = {
	[MARK_GOLDEN] = { RAMPART_HOLDS, "golden" },
	[MARK_OWN] = { RAMPART_HOLDS, "of this boot" },
	[MARK_CHANGED] = { RAMPART_FAILS, "changed" },
	[MARK_EXTRA] = { RAMPART_FAILS, "extra" },
	[MARK_RETYPED] = { RAMPART_FAILS, "retyped" },
	[MARK_MISSING] = { RAMPART_FAILS, "missing" },
	[MARK_UNBORNE] = { RAMPART_UNSURE, "not what the TPM holds" },
	[MARK_UNKNOWN] = { RAMPART_UNSURE, "not compared" },
	[MARK_NONE] = { RAMPART_SKIPPED, "not measured" },
};

/* The bank whose digests are shown: sha256, if the machine has shown values of it. */
static const char *shown_bank(const struct rampart_report *report)
{
	for (size_t i = 0; i < report->n_pcrs; i++)
		if (!strcmp(report->pcr[i].bank, "sha256"))
			return "sha256";
	return report->n_pcrs > 0 ? "sha384" : "sha256";
}

static const char *shown_digest(const struct rampart_report *report,
				const struct rampart_event *event)
{
	return strcmp(shown_bank(report), "sha256") != 0 ? event->sha384 : event->sha256;
}

static const struct rampart_pcr *find_pcr(const struct rampart_report *report, unsigned pcr)
{
	for (size_t i = 0; i < report->n_pcrs; i++)
		if (report->pcr[i].pcr == pcr && !strcmp(report->pcr[i].bank, shown_bank(report)))
			return &report->pcr[i];
	return NULL;
}

/* The differences of one PCR, and how one event of it stands to them. */
struct standing {
	size_t n;
	const struct rampart_difference *own; /* the one that is this event, or NULL */
	bool before;			      /* it comes before one of them */
};

static struct standing standing_of(const struct rampart_report *report,
				   const struct rampart_event *event)
{
	struct standing ret = { 0 };

	for (size_t i = 0; i < report->n_differences; i++) {
		const struct rampart_difference *d = &report->difference[i];

		if (d->pcr != event->pcr || strcmp(d->bank, shown_bank(report)) != 0)
			continue;
		ret.n++;
		if (!d->log || d->is_runtime != event->is_runtime)
			continue;
		if (d->number == event->number)
			ret.own = d;
		ret.before |= event->number < d->number;
	}
	return ret;
}

/*
 * A PCR that is equal and explained has the golden events and no others, or hashes mean nothing;
 * only their types may differ. Of any other the first differences are known, and what comes after
 * the last of as many as are looked for was not looked at.
 */
static enum mark mark_of(const struct rampart_report *report, const struct rampart_event *event)
{
	static const enum mark of_kind[] = {
		[RAMPART_CHANGED] = MARK_CHANGED,
		[RAMPART_EXTRA] = MARK_EXTRA,
		[RAMPART_MISSING] = MARK_MISSING,
		[RAMPART_RETYPED] = MARK_RETYPED,
	};
	const struct rampart_pcr *pcr = find_pcr(report, event->pcr);
	struct standing standing = standing_of(report, event);

	if (!event->extended)
		return MARK_NONE;
	if (standing.own)
		return of_kind[standing.own->how];
	if (!pcr || !pcr->golden)
		return MARK_UNKNOWN;
	if (standing.n > 0)
		return standing.n < COMPARE_PER_PCR || standing.before ? MARK_GOLDEN : MARK_UNKNOWN;
	if (!pcr->equal || !pcr->explained)
		return MARK_UNBORNE;
	return event->pcr == 15 ? MARK_OWN : MARK_GOLDEN;
}

/* A program that the firmware starts takes over; one that nobody expected does not. */
static enum stage stage_after(enum stage stage, const struct rampart_event *event, enum mark mark)
{
	if (stage < STAGE_KERNEL && event->pcr == 4 && mark != MARK_EXTRA &&
	    !strcmp(event->type, "EV_EFI_BOOT_SERVICES_APPLICATION"))
		return stage + 1;
	return stage;
}

/* Whose event one of the golden ones is that the logs lack, by the table of MEASUREMENTS.md. */
static enum stage stage_of_missing(const struct rampart_difference *d)
{
	switch (d->pcr) {
	case 8:
	case 13:
	case 14:
		return STAGE_INIT;
	case 9:
		return STAGE_KERNEL;
	case 11:
	case 12:
		return STAGE_STUB;
	case 5:
		return !strcmp(d->expected_type, "EV_EVENT_TAG") ? STAGE_BOOT : STAGE_FIRMWARE;
	default:
		return STAGE_FIRMWARE;
	}
}

static void write_row(FILE *out, const struct rampart_report *report,
		      const struct rampart_event *event, enum mark mark)
{
	enum rampart_outcome outcome = marks[mark].outcome;
	bool odd = outcome == RAMPART_FAILS || outcome == RAMPART_UNSURE;

	html_row(out, odd ? outcome_class(outcome) : "");
	html_row_head(out, "");
	html_text(out, event->what[0] ? event->what : NULL);
	html(out, "<span class=\"soft small\">%s</span>", event->type);
	html_row_head_end(out);
	html_cell(out, "");
	put_outcome(out, outcome, marks[mark].word);
	html_cell_end(out);
	html_cell(out, "PCR");
	if (event->extended)
		html(out, "%u", event->pcr);
	else
		html_text(out, NULL);
	html_cell_end(out);
	html_cell(out, "Digest");
	html(out, "<code class=\"digest\">%s</code>", shown_digest(report, event));
	html_cell_end(out);
	html_row_end(out);
}

/* Golden events that the logs lack; where among the others is not known, so at a stage's end. */
static void write_missing(FILE *out, const struct rampart_report *report, enum stage stage)
{
	for (size_t i = 0; i < report->n_differences; i++) {
		const struct rampart_difference *d = &report->difference[i];
		const struct rampart_event event = { .pcr = d->pcr,
						     .extended = true,
						     .type = d->expected_type,
						     .what = d->expected_what,
						     .sha256 = d->expected,
						     .sha384 = d->expected };

		if (!d->log && !strcmp(d->bank, shown_bank(report)) && stage_of_missing(d) == stage)
			write_row(out, report, &event, MARK_MISSING);
	}
}

static bool has_missing(const struct rampart_report *report, enum stage stage)
{
	for (size_t i = 0; i < report->n_differences; i++) {
		const struct rampart_difference *d = &report->difference[i];

		if (!d->log && !strcmp(d->bank, shown_bank(report)) && stage_of_missing(d) == stage)
			return true;
	}
	return false;
}

/* Whether init measured this one, which has a log of its own. */
static bool is_of(const struct rampart_event *event, enum stage stage)
{
	return event->is_runtime == (stage == STAGE_INIT);
}

/* The events of a stage, from the first on that is left; how many these are. */
static size_t write_events(FILE *out, const struct rampart_report *report, enum stage stage,
			   const struct rampart_event *event, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum mark mark;

		if (!is_of(&event[i], stage))
			return i;
		mark = mark_of(report, &event[i]);
		write_row(out, report, &event[i], mark);
		if (stage_after(stage, &event[i], mark) != stage)
			return i + 1;
	}
	return n;
}

static size_t write_stage(FILE *out, const struct rampart_report *report, enum stage stage,
			  const struct rampart_event *event, size_t n)
{
	static const char *const columns[] = { "What was measured", "Mark", "PCR", "Digest", NULL };

	if ((n == 0 || !is_of(event, stage)) && !has_missing(report, stage))
		return 0;
	html_table(out, "events", stages[stage], columns);
	n = write_events(out, report, stage, event, n);
	write_missing(out, report, stage);
	html_table_end(out);
	return n;
}

void section_timeline(FILE *out, const struct report_page *page)
{
	size_t done = 0;

	if (!page->event) {
		html(out, "<p>There are no events to show: %s.</p>\n", page->no_events);
		return;
	}
	fputs("<p>Top to bottom, as it went: who was running, and what they measured into which PCR before it was used. <em>Golden</em> events are those that were predicted. The text of an event is the machine's own description; only its digest is measured.</p>\n",
	      out);
	for (enum stage stage = 0; stage < _STAGE_MAX; stage++)
		done += write_stage(out, page->report, stage, page->event + done,
				    page->n_events - done);
}
