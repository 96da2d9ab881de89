/* SPDX-License-Identifier: MIT */
/* From golden values to the source that they are built from: the release beside them in a feed. */
#ifndef MEASURE_CMD_RELEASE_FROMSOURCE_H
#define MEASURE_CMD_RELEASE_FROMSOURCE_H

#include "measure/cmd/release/rebuild.h"
#include "measure/rampart.h"

/*
 * Finds the golden values with this digest (SHA-256, hex) in the feed, which is at address, gets what a
 * build of their release needs, and builds and compares it: rebuild.h. What is got, and how long all of it
 * takes, is said on standard error before it begins; nothing that the feed's metadata does not vouch for
 * is used. EXIT_HOLDS or EXIT_DIFFERS with one line in ret_reason; EXIT_UNSURE after an error line.
 */
int fromsource(const char *command, const char *address, struct rampart_feed *feed,
	       const char *golden_sha256, char ret_reason[static REBUILD_REASON_MAX]);

#endif
