/* SPDX-License-Identifier: MIT */
/*
 * A log as a folder of plain files that any web server serves. Source: c2sp.org/tlog-tiles, "APIs":
 *
 *	checkpoint            the signed head
 *	tile/L/N[.p/W]        W or 256 hashes of 256^L leaves each, from the Nth 256 on
 *	tile/entries/N[.p/W]  the leaves themselves, each behind its length (16 bits, big-endian)
 *
 * N is written in groups of three digits, all but the last behind an "x". Files but the checkpoint
 * never change once they are there, so a log that is being written is whole at any moment.
 */
#ifndef MEASURE_CMD_TLOG_LOGFOLDER_H
#define MEASURE_CMD_TLOG_LOGFOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/merkle.h"
#include "measure/lib/span.h"
#include "measure/verify/log/logproof.h"

#define LOGFOLDER_LEAVES_MAX 65536

struct logfolder {
	int fd; /* locked; -1: not open */
	const char *path;
	char *text;		      /* owned: of the checkpoint; NULL: the log is new */
	struct checkpoint checkpoint; /* if text */
	uint8_t *data;		      /* owned: all entry bundles, one after the other */
	size_t len;		      /* of data, bytes */
	size_t *start;		      /* owned: in data, where each entry begins; and its end */
	struct merkle_hash *leaf;     /* owned: LOGFOLDER_LEAVES_MAX of them */
	size_t n;		      /* leaves */
};

/*
 * Opens and locks it, and reads all of it: the entries must lead to the checkpoint's root. Who signed
 * that is not looked at. 0, or EXIT_UNSURE after an error line. logfolder_done() in either case.
 */
int logfolder_open(const char *command, const char *path, struct logfolder *ret);
void logfolder_done(struct logfolder *log);

/* The index of the leaf with these bytes, or n. */
size_t logfolder_find(const struct logfolder *log, const char *entry);

/* Appends a leaf in memory. 0, or EXIT_UNSURE after an error line. */
int logfolder_append(const char *command, struct logfolder *log, const char *entry);

/*
 * Writes every bundle and tile that a tree of log->n leaves has, if it is not there, and then the
 * checkpoint. 0, or EXIT_UNSURE after an error line.
 */
int logfolder_write(const char *command, const struct logfolder *log, const char *checkpoint);

#endif
