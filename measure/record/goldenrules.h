/* SPDX-License-Identifier: MIT */
/*
 * What the second edition of golden values and platform references has beside exact events, for
 * machines whose firmware does not measure the same at each boot:
 *
 *	an event	with "times": [min, max] in place of once; with "digest": "data", the hash of
 *			its own data, or "any" in place of digests; of "data" with the bytes as "data"
 *			in hex, ".." for any byte
 *	"rules"		PCR -> {"values": {bank: [hex]}}, what is accepted there, of golden_bank()
 *			and perhaps of others; or {"unchecked": "a sentence that says why"}
 *	"log"		"may be absent": the machine may have no firmware log. Else it must
 *	"boot"		of a platform: {"images_pcr", "optional_action", "exit_failures"}
 *	"release"	of an image: a counter that grows with each release
 *
 * sha256 is there but for a TPM that has sha384 alone, and sha384 wherever the digests of the
 * firmware are known. Every PCR whose events have fixed digests has a list of values, one for each
 * way in which they may come, so that no log is needed to compare it.
 *
 * Nothing of this may leave open which image was booted, whatever a file says:
 *
 *   - "rules" and digests that are not fixed are for PCRs that the firmware alone decides
 *     (golden_is_platform), and not for the one where images are measured
 *   - programs (applications, drivers), and all events of the PCRs that are for these
 *     (golden_is_code), have fixed digests: no PCR holds an event's type, so a host may call a driver
 *     whatever may be any. Where digests are not known "unchecked" says so to everybody who looks at a
 *     verdict
 *   - golden values have an application in just one PCR, one that must come
 */
#ifndef MEASURE_RECORD_GOLDENRULES_H
#define MEASURE_RECORD_GOLDENRULES_H

#include "measure/record/goldenform.h"

#define RULES_VALUES_MAX 64  /* of a PCR: in how many ways its events may come */
#define RULES_STEPS_MAX	 256 /* events of a PCR, each as often as it may come */

/* Whether the members of an event that only the second edition has are right. */
bool rules_read_event(const json_t *json, struct golden_event *event);

/* Everything else of it, from golden->json. NULL, or what is wrong, a static line. */
const char *rules_read(struct golden *golden);

/* golden_settle(): from events and given values to the rule and the values of each PCR. */
const char *rules_settle(struct golden *golden);

/* Frees the lists. */
void rules_done(struct golden *golden);

/* Gives the rules of a platform to golden values on it, and leaves it without. */
void rules_move(struct golden *from, struct golden *to);

/* Forgets what is said of one PCR, whose events then decide. */
void rules_drop(struct golden *golden, unsigned pcr);

/* An event's own members; < 0: memory ran out. */
int rules_write_event(const struct golden_event *event, json_t *json);

/* New references; NULL: there is nothing to say, or memory ran out. */
json_t *rules_json(const struct golden *golden);
json_t *rules_boot_json(const struct golden *golden);
json_t *rules_bank_json(const struct golden *golden, enum hash_alg bank);

/* "may be absent", or NULL. */
const char *rules_log(const struct golden *golden);

#endif
