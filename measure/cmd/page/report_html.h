/* SPDX-License-Identifier: MIT */
/* A report as one HTML page that needs nothing else: no script, no other file, no network. */
#ifndef MEASURE_CMD_PAGE_REPORT_HTML_H
#define MEASURE_CMD_PAGE_REPORT_HTML_H

#include <stdbool.h>
#include <stdio.h>

#include "measure/cmd/page/report_sections.h"

/* A function of the page alone. false: it could not be written. */
bool report_html(FILE *out, const struct report_page *page);

#endif
