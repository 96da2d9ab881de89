/* SPDX-License-Identifier: MIT */
/*
 * golden.json ("rampart-golden/1") and platform references ("rampart-platform/1") as JSON trees.
 * Both carry a list of events {"pcr", "type", "<bank>": digest, "what"}; every PCR value is the
 * replay of such a list. MEASUREMENTS.md, "File formats".
 */
#ifndef MEASURE_CMD_GOLDEN_H
#define MEASURE_CMD_GOLDEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "../lib/hash.h"

#define GOLDEN_SCHEMA	"rampart-golden/1"
#define PLATFORM_SCHEMA "rampart-platform/1"
#define GOLDEN_PCRS	16
#define JSON_SIZE_MAX                                                               \
	(16 << 20) /* bytes of a JSON file that we read; golden.json has some 20 KB \
		    */

/* Where the golden value of a PCR comes from: "platform", "plan", "image", "constant", "identity".
 */
const char *golden_from(unsigned pcr);

/*
 * Reads and checks a file: schema, the banks and events of a platform; schema, pcrs and events of
 * golden values, whose values must be the replay of their events. NULL after an error line.
 */
json_t *golden_load(const char *command, const char *path);
json_t *platform_load(const char *command, const char *path);

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

/* To standard output, with a newline; false if it could not be written. */
bool print_json(const json_t *json);

#endif
