/* SPDX-License-Identifier: MIT */
/*
 * golden.json ("rampart-golden/1") and platform references ("rampart-platform/1") as JSON trees.
 * Both carry a list of events {"pcr", "type", "<bank>": digest, "what"}; every PCR value is the
 * replay of such a list. MEASUREMENTS.md, "File formats".
 */
#ifndef MEASURE_RECORD_GOLDEN_H
#define MEASURE_RECORD_GOLDEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/hash.h"
#include "measure/rampart.h"

#define GOLDEN_SCHEMA	"rampart-golden/1"
#define PLATFORM_SCHEMA "rampart-platform/1"
#define GOLDEN_PCRS	16

/* Where the golden value of a PCR comes from: "platform", "plan", "image", "constant", "identity".
 */
const char *golden_from(unsigned pcr);

/*
 * Reads and checks a text: schema, the banks and events of a platform; schema, pcrs and events of
 * golden values, whose values must be the replay of their events. ret is a new reference. name
 * begins the error's line, "name:12: not JSON: ..." or "name: ...": -EBADMSG it is not JSON,
 * -EPROTO.
 */
int golden_parse(const char *name, const char *text, size_t len, json_t **ret_golden,
		 struct rampart_error *error);
int platform_parse(const char *name, const char *text, size_t len, json_t **ret_platform,
		   struct rampart_error *error);

/* One event of such a list; strings are borrowed from it. */
struct golden_event {
	unsigned pcr;
	const char *type, *what;
	bool has[_HASH_MAX];
	struct digest digest[_HASH_MAX];
};

/* -EBADMSG if it is not one. */
int golden_event(const json_t *event, struct golden_event *ret_event);

/* A new reference, or NULL if memory ran out. banks: which digests to write. */
json_t *golden_event_new(const struct golden_event *event, const bool banks[static _HASH_MAX]);

/* All PCRs from zero through the list, in one bank. -EBADMSG for an event without that bank. */
int golden_replay(const json_t *events, enum hash_alg bank,
		  struct digest ret_pcrs[static GOLDEN_PCRS]);

/* "sha256" or "sha1,sha256", or a JSON list of such names. -EINVAL for an unknown or an empty one.
 */
int banks_from_text(const char *text, bool ret_banks[static _HASH_MAX]);
int banks_from_json(const json_t *list, bool ret_banks[static _HASH_MAX]);

#endif
