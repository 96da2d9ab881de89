/* SPDX-License-Identifier: MIT */
/*
 * The events of one boot with what they say, for people: the firmware's log, then the runtime log
 * of init, one after the other, and the PCR values that they lead to.
 */
#ifndef MEASURE_RECORD_RECORDS_H
#define MEASURE_RECORD_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/rampart.h"
#include "measure/record/eventlog.h"

struct record {
	size_t number; /* in its log, from 0 */
	size_t off;    /* in its log: bytes, or the number of the line for the runtime log */
	bool is_runtime;
	uint32_t pcr, type;	/* type 0 for the runtime log */
	char *type_name, *what; /* owned */
	bool has[_HASH_MAX];
	struct digest digest[_HASH_MAX];
	uint8_t *data; /* owned */
	size_t data_len;
	const char *breaks; /* the rule that the event breaks, a static line; NULL: none */
};

struct records {
	struct record *list;
	size_t n;
	bool has_firmware, has_runtime;
	struct pcrs pcrs; /* nobody's, if a function failed */
};

/*
 * Each adds one log; the firmware's must be first. name begins the error's line. Errors as of
 * eventlog.h, -EPROTO also for events that break a rule; -EBADMSG or -EPROTO for the runtime log.
 * What could be read stays: all events, if some break a rule, or those before the fault. Call
 * records_done() in any case.
 */
int records_add_firmware(struct records *records, const char *name, const uint8_t *log, size_t len,
			 struct rampart_error *error);
int records_add_runtime(struct records *records, const char *name, const char *text, size_t len,
			struct rampart_error *error);

void records_done(struct records *records);

#endif
