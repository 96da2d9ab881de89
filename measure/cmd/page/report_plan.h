/* SPDX-License-Identifier: MIT */
/* The plan that a machine measured, in the words of `rampart plan --explain`. */
#ifndef MEASURE_CMD_PAGE_REPORT_PLAN_H
#define MEASURE_CMD_PAGE_REPORT_PLAN_H

#include "measure/rampart.h"

/*
 * Reads the plan in path, which must be the one in the runtime log's event "plan" of these events:
 * whether they are believed is the report's verdict. 0 and *ret_words, to be freed; or EXIT_UNSURE
 * after an error line.
 */
int plan_of_machine(const char *path, const struct rampart_event *events, size_t n_events,
		    char **ret_words);

#endif
