/* SPDX-License-Identifier: MIT */
/* Golden values and platform references as structs: golden.h reads and writes them. */
#ifndef MEASURE_RECORD_GOLDENFORM_H
#define MEASURE_RECORD_GOLDENFORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/record/goldenconfig.h"

#define GOLDEN_PCRS	16
#define GOLDEN_COMPARED 15 /* PCR 0 to 14: PCR 15 differs with every boot */

/*
 * Where the golden value of a PCR comes from: "platform", "plan", "image", "constant", "identity".
 */
const char *golden_from(unsigned pcr);

/* Whether the firmware alone decides it. */
bool golden_is_platform(unsigned pcr);

/* Whether it is for the firmware's own programs and for drivers. Source: TCG PC Client Platform Firmware
 * Profile, "PCR Usage": 0 and 2. */
bool golden_is_code(unsigned pcr);

/* What an event must have been extended with. */
enum golden_digest {
	GOLDEN_FIXED, /* this digest */
	GOLDEN_DATA,  /* the hash of its own data, which a log has to show */
	GOLDEN_ANY,   /* whatever a log says */
};

struct golden_event {
	unsigned pcr;
	const char *type, *what; /* borrowed */
	bool has[_HASH_MAX];
	struct digest digest[_HASH_MAX]; /* if by is GOLDEN_FIXED */
	bool open; /* that of a configuration which is not fixed: without digests (goldenconfig.h) */
	enum golden_digest by;
	const char *data; /* borrowed; of GOLDEN_DATA, in hex, ".." for any byte; NULL: any data */
	bool has_times;	  /* else it comes once */
	unsigned min, max;
};

/* What is accepted of one PCR. */
enum golden_rule {
	GOLDEN_EXACT,	  /* one value */
	GOLDEN_VALUES,	  /* one of several values */
	GOLDEN_EVENTS,	  /* what events lead to that are as the golden ones say; wants a log */
	GOLDEN_UNCHECKED, /* anything */
};

struct golden_pcr {
	enum golden_rule rule;
	const char *why; /* borrowed; of GOLDEN_UNCHECKED: the sentence for people */
	bool is_given;	 /* the values are the file's own, not those of events */
	struct digest *value[_HASH_MAX]; /* owned; of GOLDEN_VALUES; NULL: none of this bank */
	size_t n[_HASH_MAX];
};

/* How a firmware treats an image, where it is not as usual. Of a platform reference. */
struct golden_boot {
	unsigned images_pcr;	/* where images and the partition table are measured; 0: as usual */
	bool optional_action;	/* "Calling EFI Application" may be missing */
	unsigned exit_failures; /* how often ExitBootServices may fail before */
};

/* Either file. Of a platform reference image and version are NULL. */
struct golden {
	json_t *json; /* owned; what was read, to which all texts point. NULL: nothing was */
	const char *image, *version, *platform;
	const char *note; /* of a platform reference: what it was made of; NULL: not said */
	bool debug;
	const json_t *shape; /* an object */
	unsigned edition;    /* 1 or 2 */
	bool log_optional;   /* a machine may lack a firmware log */
	bool has_release;
	uint32_t release; /* a counter that only grows */
	struct golden_boot boot;
	struct golden_pcr pcr[GOLDEN_PCRS];
	bool names_files; /* the next two are there */
	struct digest disk_sha256, uki_sha256;
	bool bank[_HASH_MAX];
	struct digest value[_HASH_MAX][GOLDEN_PCRS]; /* if exact; that of PCR 15 means nothing */
	struct golden_event *event; /* owned; in the file's order, each with every bank */
	size_t n_events;
	struct goldenconfig config;
	bool is_copy; /* golden_copy(): only the events are its own */
};

/*
 * The bank that a machine must have by golden values of the second edition, and by which they are
 * told to people: sha256, or sha384 where there are no values of that.
 */
enum hash_alg golden_bank(const struct golden *golden);

/* The event that is open, or NULL. */
struct golden_event *golden_find_open(const struct golden *golden);

/* Whether a PCR's value depends on that event. */
bool golden_is_open(const struct golden *golden, unsigned pcr);

#endif
