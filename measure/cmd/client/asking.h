/* SPDX-License-Identifier: MIT */
/*
 * What `rampart verify` and `rampart report` share: they get evidence once, from a machine or a
 * file.
 */
#ifndef MEASURE_CMD_CLIENT_ASKING_H
#define MEASURE_CMD_CLIENT_ASKING_H

#include "measure/cmd/client/attest.h"

struct asking {
	struct trust_options trust;
	const char *url, *evidence; /* one of them */
	const char *at, *save, *save_cmw, *timeout, *wait;
	int64_t time; /* of --at, or now */
	unsigned timeout_s, wait_s;
};

/* The option table's rows and the help text's lines, for everything but the URL. */
#define ASKING_OPTIONS(a)                                                                      \
	TRUST_OPTIONS(&(a)->trust), { "--evidence", &(a)->evidence, NULL, NULL },              \
		{ "--at", &(a)->at, NULL, NULL }, { "--timeout", &(a)->timeout, NULL, NULL },  \
		{ "--wait", &(a)->wait, NULL, NULL }, { "--cmw", &(a)->save_cmw, NULL, NULL }, \
	{                                                                                      \
		"--save", &(a)->save, NULL, NULL                                               \
	}
#define ASKING_HELP                                                                                 \
	TRUST_HELP                                                                                  \
	"  --evidence FILE verify evidence that was kept; nothing shows then that it is fresh\n"    \
	"  --at TIME       when certificates must be valid: 2026-11-25[T04:00:00Z], @SECONDS "      \
	"(now)\n"                                                                                   \
	"  --save FILE     keep the evidence; FILE must not exist\n"                                \
	"  --cmw FILE      the same as a conceptual message of RATS, CMW (RFC 9999)\n" TIMEOUT_HELP \
	"  --wait S        seconds that the machine has until it is ready to prove itself (0)\n"

/* Checks and completes the parsed options. 0, or EXIT_UNSURE after an error line. */
int asking_check(const char *command, struct asking *asking);

/*
 * Gets the evidence, and saves it if asked to. 0 and a report, or EXIT_UNSURE after an error line.
 * Call attested_done() and rampart_feed_free(*ret_feed) in either case; ret_feed may be NULL.
 */
int ask(const char *command, const struct asking *asking, struct attested *ret,
	struct rampart_feed **ret_feed);

#endif
