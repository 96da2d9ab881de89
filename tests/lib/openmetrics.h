/* SPDX-License-Identifier: MIT */
/*
 * A strict reader of OpenMetrics 1.0, section "ABNF": as much of it as a text without timestamps,
 * exemplars and escapes in labels needs. No parser of somebody else's is in the toolbox.
 */
#ifndef TESTS_LIB_OPENMETRICS_H
#define TESTS_LIB_OPENMETRICS_H

#include <stdbool.h>

/* Whether all of it is a text of OpenMetrics; if not, the first line that is not is printed. */
bool openmetrics_ok(const char *text);

/* The number of a sample, by its name with labels; -1: there is none. */
long long openmetrics_of(const char *text, const char *sample);

#endif
