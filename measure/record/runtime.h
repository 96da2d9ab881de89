/* SPDX-License-Identifier: MIT */
/*
 * The runtime log of init: CEL-JSON, one record a line (TCG Canonical Event Log Format,
 * version 1.0, "JSON encoding"); lib/event.h has the form. Of "rampart/1" the digests must be the
 * hashes of the content.
 */
#ifndef MEASURE_RECORD_RUNTIME_H
#define MEASURE_RECORD_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yyjson.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"

#define RUNTIME_TYPE "rampart/1" /* "content_type" of init's own lines */

struct runtime_record {
	yyjson_doc *json; /* owned: all of it, from which the next three are borrowed */
	const char *type; /* "content_type" */
	yyjson_val *content;
	struct span text; /* content with a NUL behind it, if it is a string, else empty */
	unsigned pcr;
	size_t n_digests; /* those of unknown algorithms included */
	bool has[_HASH_MAX];
	struct digest digest[_HASH_MAX];
};

/* A log being read. The caller keeps the text. */
struct runtime_log {
	struct span rest; /* not read yet */
	size_t number;	  /* of the next record */
	/*
	 * As a verifier wants it: records of init's own lines only, each with nothing but what
	 * event_cel() writes, and with its newline. Else other content types and further keys are
	 * taken too, blank lines are skipped, and the last newline may be missing.
	 */
	bool strict;
};

/*
 * The next record: 1, or 0 at the end, or -EBADMSG "record N: ..." or -ENOMEM with ret_record
 * untouched. runtime_record_done() frees it.
 */
int runtime_next(struct runtime_log *log, struct runtime_record *ret_record,
		 struct rampart_error *error);
void runtime_record_done(struct runtime_record *record);

#define RUNTIME_EVENTS_MAX 4096 /* records; init writes some ten, and one for each model */

struct runtime_events {
	struct runtime_record *list;
	size_t n;
};

/* All of a log, strictly. 0; -EBADMSG, -EFBIG, -ENOMEM with ret_events untouched. */
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
 * in a PCR where that kind belongs; of a config as event_config() writes it. NULL, or what is wrong (static), with ret_kind untouched.
 */
const char *runtime_kind(const struct runtime_record *record, enum runtime_kind *ret_kind);

#endif
