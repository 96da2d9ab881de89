/* SPDX-License-Identifier: MIT */
/*
 * golden.json and platform references: read here, and written here. Both are a list of events, and
 * in the first edition ("rampart-golden/1", "rampart-platform/1") every PCR value is the replay of
 * its events from zero. The second edition says of the PCRs that the firmware alone decides what
 * else it accepts there: goldenrules.h. What is read is of either edition; written is the first one
 * wherever it says everything. MEASUREMENTS.md, "File formats".
 */
#ifndef MEASURE_RECORD_GOLDEN_H
#define MEASURE_RECORD_GOLDEN_H

#include <jansson.h>
#include <stddef.h>

#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/record/goldenform.h"

/*
 * Reads and checks a text, all of it: values that are not the replay of the events are refused.
 * name begins the error's line, "name:12: not JSON: ..." or "name: ...": -EBADMSG it is not JSON,
 * -EPROTO, -ENOMEM; ret untouched then. Else golden_done() frees it.
 */
int golden_parse(const char *name, const char *text, size_t len, struct golden *ret,
		 struct rampart_error *error);
int platform_parse(const char *name, const char *text, size_t len, struct golden *ret,
		   struct rampart_error *error);
void golden_done(struct golden *golden);

/*
 * Computes the values of every PCR from the events and given rules, in the banks of golden, and
 * checks what goldenrules.h says. NULL, or the rule that is broken, a static line.
 */
const char *golden_settle(struct golden *golden);

/*
 * Golden values with an open event, as they are for a machine that says by a config event's line
 * which configuration it has: that event has digests then, and PCR 8 their value. NULL; or, a static
 * string, why they do not accept that, and then the event stays open, and PCR 8 has a value that no
 * machine has. ret_config (not NULL) is the configuration, without keys in that case. For golden
 * values without an open event nothing is done.
 */
const char *golden_configure(struct golden *golden, struct span line, struct instance *ret_config);

/* A copy for that, which borrows all but its events; golden_done() frees it. -ENOMEM. */
int golden_copy(const struct golden *golden, struct golden *ret);

/*
 * The files as JSON, new references; NULL if memory ran out. The values are computed from the
 * events, in the banks of golden, of its edition. golden_json() takes over payloads, also on
 * failure; golden_settle() comes before it.
 */
json_t *golden_json(const struct golden *golden, json_t *payloads);
json_t *platform_json(const struct golden *platform);

#endif
