/* SPDX-License-Identifier: MIT */
/*
 * The events of one boot: the firmware's log, then the runtime log of init, one after the other,
 * and the PCR values that they lead to.
 *
 * The runtime log is CEL-JSON, one record a line (TCG Canonical Event Log Format, version 1.0,
 * "JSON encoding"); lib/event.h has the form. Records of another "content_type" are taken too; of
 * "rampart/1" the digests must be the hashes of the content.
 */
#ifndef MEASURE_CMD_RECORDS_H
#define MEASURE_CMD_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/eventlog.h"
#include "console.h"

#define LOG_SIZE_MAX (64 << 20) /* bytes of a log or console that we read; real logs have 64 KB */

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
};

struct records {
	struct record *list;
	size_t n;
	bool has_firmware, has_runtime;
	struct eventlog_pcrs pcrs;
};

/*
 * Each adds one log; the firmware's must be first. 0, or EXIT_UNSURE after an error line that
 * begins with command and path. Call records_done() in any case.
 */
int records_add_firmware(struct records *records, const char *command, const char *path,
			 const uint8_t *log, size_t len);
int records_add_runtime(struct records *records, const char *command, const char *path,
			const char *text, size_t len);

/* A log file of either kind: the runtime log begins with "{". */
int records_add_file(struct records *records, const char *command, const char *path);

/* Both logs of a console; one that it does not have is left out. */
int records_add_console(struct records *records, const char *command, const char *path,
			const struct console *console);

/*
 * What replay and log take on their command line: paths (NULL after the last) or a console, not
 * both. Errors are printed.
 */
int records_load(struct records *records, const char *command, const char **paths, size_t max,
		 const char *console_path);

void records_done(struct records *records);

#endif
