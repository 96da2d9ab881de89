/* SPDX-License-Identifier: MIT */
/*
 * The sections of the page, each a function of it, and what they share. An outcome is always a sign
 * and a word; its colour only repeats them.
 */
#ifndef MEASURE_CMD_PAGE_REPORT_SECTIONS_H
#define MEASURE_CMD_PAGE_REPORT_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "measure/cmd/page/html.h"
#include "measure/rampart.h"

/* All of it borrowed. */
struct report_page {
	const struct rampart_report *report;
	const struct rampart_event *event; /* NULL: there are none to show */
	size_t n_events;
	const char *no_events; /* why there are none */
	const char *from;      /* the machine's address, or the file of its evidence */
	const char *again;     /* a command line that asks the same */
	const char *kept;      /* one for the evidence that was kept, or NULL */
	const char *plan;      /* in words, if it is at hand */
};

void section_verdict(FILE *out, const struct report_page *page);
void section_machine(FILE *out, const struct report_page *page);
void section_ladder(FILE *out, const struct report_page *page);
void section_checks(FILE *out, const struct report_page *page);
void section_pcrs(FILE *out, const struct report_page *page);
void section_plan(FILE *out, const struct report_page *page);
void section_differences(FILE *out, const struct report_page *page);
void section_timeline(FILE *out, const struct report_page *page);
void section_warnings(FILE *out, const struct report_page *page);
void section_limits(FILE *out, const struct report_page *page);
void section_repeat(FILE *out, const struct report_page *page);

/* The class of what has this outcome. Static. */
const char *outcome_class(enum rampart_outcome outcome);

/* The sign of an outcome, and a word beside it; word NULL: its usual one. */
void put_outcome(FILE *out, enum rampart_outcome outcome, const char *word);

/* Whether this check is there and holds. */
bool check_holds(const struct rampart_report *report, const char *id);

/* Whether the values are a TPM's, and of one that is trusted; else they are only claimed. */
bool values_are_proved(const struct rampart_report *report);

/* What is to be said about one PCR, and in words. */
enum rampart_outcome pcr_outcome(const struct rampart_pcr *pcr);
const char *pcr_word(const struct rampart_pcr *pcr);

#endif
