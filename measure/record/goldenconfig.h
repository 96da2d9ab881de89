/* SPDX-License-Identifier: MIT */
/*
 * The member "config" of golden.json: which instance configurations (lib/instance.h) golden values
 * accept. An image that takes none has no such member, and then none is accepted.
 *
 *     {"accepted": "none"}
 *     {"accepted": "exact", "values": {"address": "10.1.2.3/24"}}
 *     {"accepted": "any", "keys": ["address", "gateway"]}
 *
 * The last one leaves the config event of PCR 8 open: it may be that of none, or of any values of
 * those keys and no others.
 */
#ifndef MEASURE_RECORD_GOLDENCONFIG_H
#define MEASURE_RECORD_GOLDENCONFIG_H

#include <jansson.h>

#include "measure/lib/instance.h"

enum goldenconfig_accepted {
	GOLDENCONFIG_UNSAID, /* there is no such member */
	GOLDENCONFIG_NONE,
	GOLDENCONFIG_EXACT,
	GOLDENCONFIG_ANY
};

struct goldenconfig {
	enum goldenconfig_accepted accepted;
	struct instance exact; /* without keys unless it is that */
	unsigned keys;	       /* a set, not empty; 0 unless it is any */
};

/* Reads that member, or NULL if there is none. NULL, or what is wrong with it, a static string. */
const char *goldenconfig_read(const json_t *json, struct goldenconfig *ret);

/* That member; NULL if nothing is said, or memory ran out. */
json_t *goldenconfig_json(const struct goldenconfig *config);

/*
 * "none", "exactly address=10.1.2.3/24", "none, or any values of address, gateway".
 */
#define GOLDENCONFIG_WORDS_MAX (INSTANCE_TEXT_MAX + 32)
void goldenconfig_words(const struct goldenconfig *config,
			char ret_text[static GOLDENCONFIG_WORDS_MAX]);

/* An instance configuration as those words have it: "address=10.1.2.3/24, mtu=1400" or "none". */
void goldenconfig_instance(const struct instance *instance,
			   char ret_text[static INSTANCE_TEXT_MAX]);

#endif
