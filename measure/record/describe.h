/* SPDX-License-Identifier: MIT */
/*
 * An event's data in words, for people. What is printed is what the log claims: only the digest was
 * extended. Where the digest shows that the text itself was measured, it says so.
 */
#ifndef MEASURE_RECORD_DESCRIBE_H
#define MEASURE_RECORD_DESCRIBE_H

#include <stddef.h>

#include "measure/record/eventlog.h"

#define DESCRIBE_MAX 1024 /* bytes; longer ones end in "..." */

/*
 * Writes one line of printable ASCII and a NUL to buf (size at least 8). Anything else in the log's
 * text becomes '?'. Never fails: data that is not understood is shown as hex.
 */
void describe_event(const struct eventlog_event *event, char *buf, size_t size);

#endif
