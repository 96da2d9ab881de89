/* SPDX-License-Identifier: MIT */
/*
 * A whole runtime log as a verifier wants it: records of init's own lines only, each with nothing
 * but what event_cel() writes.
 */
#ifndef MEASURE_RECORD_RUNTIME_EVENTS_H
#define MEASURE_RECORD_RUNTIME_EVENTS_H

#include <stddef.h>

#include "measure/rampart.h"
#include "measure/record/runtime.h"

#define RUNTIME_EVENTS_MAX 4096 /* records; init writes some ten, and one for each model */

struct runtime_events {
	struct runtime_record *list;
	size_t n;
};

/* 0; -EBADMSG, -EFBIG, -ENOMEM with ret_events untouched. Errors begin with "record N: ". */
int runtime_events(const char *text, size_t len, struct runtime_events *ret_events,
		   struct rampart_error *error);
void runtime_events_done(struct runtime_events *events);

/* What init's lines are about (lib/event.h). */
enum runtime_kind {
	RUNTIME_PLAN,
	RUNTIME_CONFIG,
	RUNTIME_CONTAINER,
	RUNTIME_MODEL,
	RUNTIME_IDENTITY,
	RUNTIME_READY,
	RUNTIME_ERROR,
};

/*
 * Reads the line of a record: "rampart/1 <kind> <name> [fsverity-]sha256:<hex>[ key=number...]\n",
 * in a PCR where that kind belongs. NULL, or what is wrong (static), with ret_kind untouched.
 */
const char *runtime_kind(const struct runtime_record *record, enum runtime_kind *ret_kind);

#endif
