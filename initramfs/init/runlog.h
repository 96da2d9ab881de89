/* SPDX-License-Identifier: MIT */
/*
 * The runtime log: every event that init measures, one CEL-JSON record a line (event.h), written
 * before the event is extended. So the log is never shorter than the PCRs.
 */
#ifndef INIT_RUNLOG_H
#define INIT_RUNLOG_H

#include "measure/lib/event.h"

#define RUNLOG_DIR  "/run/rampart"
#define RUNLOG_PATH RUNLOG_DIR "/runtime.log"

struct runlog {
	int fd; /* 0: not open */
	uint64_t records;
};

/* Makes the file, empty. 0, or negative errno with the reason noted. */
int runlog_open(struct runlog *log);

/* Appends one record, whole. 0, or negative errno with the reason noted. */
int runlog_append(struct runlog *log, const struct event *event, const enum hash_alg *banks,
		  size_t n_banks);

#endif
