/* SPDX-License-Identifier: MIT */
/* Private keys that sign checkpoints: of a log, or of a witness. */
#ifndef MEASURE_CMD_TLOG_LOGKEY_H
#define MEASURE_CMD_TLOG_LOGKEY_H

#include <openssl/evp.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/verify/log/note.h"

struct logkey {
	EVP_PKEY *private; /* owned */
	struct note_key public;
};

/*
 * An Ed25519 key of a PEM file (RFC 8410, section 7 "Private Key Format"), to sign as name. 0, or
 * EXIT_UNSURE after an error line; logkey_done() in either case.
 */
int logkey_load(const char *command, const char *path, const char *name, enum note_type type,
		struct logkey *ret);
void logkey_done(struct logkey *key);

/*
 * The line of a signature over a note's text, with its newline; time is that of a cosignature. free()
 * it; NULL after an error line.
 */
char *logkey_sign(const char *command, const struct logkey *key, struct span text, uint64_t time);

#endif
