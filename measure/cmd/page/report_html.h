/* SPDX-License-Identifier: MIT */
/* A report as one HTML page that needs nothing else: no script, no other file, no network. */
#ifndef MEASURE_CMD_PAGE_REPORT_HTML_H
#define MEASURE_CMD_PAGE_REPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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
};

/* A function of the page alone. false: it could not be written. */
bool report_html(FILE *out, const struct report_page *page);

#endif
