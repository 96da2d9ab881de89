/* SPDX-License-Identifier: MIT */
/* All events of both logs in their order, by who was running. */
#include <string.h>

#include "report_sections.h"

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
	[MARK_UNKNOWN] = { RAMPART_UNSURE, "not compared" },
	[MARK_NONE] = { RAMPART_SKIPPED, "not measured" },
};

/* The bank whose digests are shown; the report may lack it. */
#define SHOWN_BANK "sha256"

static const struct rampart_pcr *find_pcr(const struct rampart_report *report, unsigned pcr)
{
	for (size_t i = 0; i < report->n_pcrs; i++)
		if (report->pcr[i].pcr == pcr && !strcmp(report->pcr[i].bank, SHOWN_BANK))
			return &report->pcr[i];
	return NULL;
}

static enum mark mark_of_kind(const char *kind)
{
	if (!strcmp(kind, "changed"))
		return MARK_CHANGED;
	return !strcmp(kind, "extra") ? MARK_EXTRA : MARK_RETYPED;
}

/* What the differences say of an event: itself, or that it comes before one of them. */
static enum mark mark_of_differences(const struct rampart_report *report,
				     const struct rampart_event *event)
{
	bool before = false;

	for (size_t i = 0; i < report->n_differences; i++) {
		const struct rampart_difference *d = &report->difference[i];

		if (d->pcr != event->pcr || !d->log || strcmp(d->bank, SHOWN_BANK) != 0 ||
		    strcmp(d->log, event->log) != 0)
			continue;
		if (d->number == event->number)
			return mark_of_kind(d->kind);
		before |= event->number < d->number;
	}
	return before ? MARK_GOLDEN : MARK_UNKNOWN;
}

static bool has_differences(const struct rampart_report *report, unsigned pcr)
{
	for (size_t i = 0; i < report->n_differences; i++)
		if (report->difference[i].pcr == pcr &&
		    !strcmp(report->difference[i].bank, SHOWN_BANK))
			return true;
	return false;
}

/*
 * A PCR that is equal and explained has the golden events and no others, or hashes mean nothing;
 * only their types may differ. In any other, what is not among the first differences was not looked
 * at, except for what comes before one of them.
 */
static enum mark mark_of(const struct rampart_report *report, const struct rampart_event *event)
{
	const struct rampart_pcr *pcr = find_pcr(report, event->pcr);

	if (!event->extended)
		return MARK_NONE;
	if (has_differences(report, event->pcr)) {
		enum mark mark = mark_of_differences(report, event);

		if (mark != MARK_UNKNOWN)
			return mark;
	}
	if (!pcr || !pcr->golden || !pcr->equal || !pcr->explained)
		return MARK_UNKNOWN;
	return event->pcr == 15 ? MARK_OWN : MARK_GOLDEN;
}

/* A program that the firmware starts takes over; one that nobody expected does not. */
static bool starts_program(const struct rampart_event *event, enum mark mark)
{
	return event->pcr == 4 && mark != MARK_EXTRA &&
	       !strcmp(event->type, "EV_EFI_BOOT_SERVICES_APPLICATION");
}

static enum stage stage_after(enum stage stage, const struct rampart_event *event, enum mark mark)
{
	return starts_program(event, mark) && stage < STAGE_KERNEL ? (enum stage)(stage + 1)
								   : stage;
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

static void write_row(FILE *out, const struct rampart_event *event, enum mark mark)
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
	html_cell(out, "SHA-256");
	html(out, "<code class=\"digest\">%s</code>", event->sha256);
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
						     .sha256 = d->expected };

		if (!d->log && !strcmp(d->bank, SHOWN_BANK) && stage_of_missing(d) == stage)
			write_row(out, &event, MARK_MISSING);
	}
}

/* The events from *next on that belong to a stage. */
static void write_stage(FILE *out, const struct report_page *page, enum stage stage, size_t *next)
{
	static const char *const columns[] = { "What was measured", "Mark", "PCR", "SHA-256",
					       NULL };

	html_table(out, "events", stages[stage], columns);
	while (*next < page->n_events) {
		const struct rampart_event *event = &page->event[*next];
		bool is_init = !strcmp(event->log, "runtime");
		enum mark mark;

		if (is_init != (stage == STAGE_INIT))
			break;
		mark = mark_of(page->report, event);
		write_row(out, event, mark);
		++*next;
		if (!is_init && stage_after(stage, event, mark) != stage)
			break;
	}
	write_missing(out, page->report, stage);
	html_table_end(out);
}

void section_timeline(FILE *out, const struct report_page *page)
{
	size_t next = 0;

	if (!page->event) {
		html(out, "<p>There are no events to show: %s.</p>\n", page->no_events);
		return;
	}
	fputs("<p>Top to bottom, as it went: who was running, and what they measured into which "
	      "PCR "
	      "before it was used. <em>Golden</em> events are those that were predicted. The text "
	      "of an "
	      "event is the machine's own description; only its digest is measured.</p>\n",
	      out);
	for (enum stage stage = 0; stage < _STAGE_MAX; stage++)
		write_stage(out, page, stage, &next);
}
