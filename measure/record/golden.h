/* SPDX-License-Identifier: MIT */
/*
 * golden.json ("rampart-golden/1") and platform references ("rampart-platform/1"): read here, and
 * written here. Both are a list of events; every PCR value is the replay of its events from zero.
 * MEASUREMENTS.md, "File formats".
 */
#ifndef MEASURE_RECORD_GOLDEN_H
#define MEASURE_RECORD_GOLDEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/record/goldenconfig.h"

#define GOLDEN_PCRS	16
#define GOLDEN_COMPARED 15 /* PCR 0 to 14: PCR 15 differs with every boot */

/*
 * Where the golden value of a PCR comes from: "platform", "plan", "image", "constant", "identity".
 */
const char *golden_from(unsigned pcr);

/* Whether the firmware alone decides it. */
bool golden_is_platform(unsigned pcr);

struct golden_event {
	unsigned pcr;
	const char *type, *what; /* borrowed */
	bool open; /* that of a configuration which is not fixed: without digests (goldenconfig.h) */
	bool has[_HASH_MAX];
	struct digest digest[_HASH_MAX];
};

/* Either file. Of a platform reference image and version are NULL. */
struct golden {
	json_t *json; /* owned; what was read, to which all texts point. NULL: nothing was */
	const char *image, *version, *platform;
	bool debug;
	const json_t *shape; /* an object */
	bool names_files;    /* the next two are there */
	struct digest disk_sha256, uki_sha256;
	bool bank[_HASH_MAX];
	struct digest value[_HASH_MAX][GOLDEN_PCRS]; /* that of PCR 15 means nothing */
	struct golden_event *event; /* owned; in the file's order, each with every bank */
	size_t n_events;
	struct goldenconfig config;
};

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
 * Golden values with an open event, as they are for a machine that says by a config event's line
 * which configuration it has: that event has digests then, and PCR 8 their value. NULL; or, a static
 * string, why they do not accept that, and then the event stays open, and PCR 8 has a value that no
 * machine has. ret_config (not NULL) is the configuration, without keys in that case. For golden
 * values without an open event nothing is done.
 */
const char *golden_settle(struct golden *golden, struct span line, struct instance *ret_config);

/* Whether a PCR's value depends on that event. */
bool golden_is_open(const struct golden *golden, unsigned pcr);

/* A copy for that, which borrows all but its events; golden_done() frees it. -ENOMEM. */
int golden_copy(const struct golden *golden, struct golden *ret);

/*
 * The files as JSON, new references; NULL if memory ran out. The values are computed from the
 * events, in the banks of golden. golden_json() takes over payloads, also on failure.
 */
json_t *golden_json(const struct golden *golden, json_t *payloads);
json_t *platform_json(const struct golden *platform);

#endif
