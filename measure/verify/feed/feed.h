/* SPDX-License-Identifier: MIT */
/*
 * The client's workflow over a feed's metadata; rampart.h has its front door.
 *
 * Source: The Update Framework Specification 1.0.33, section 5 "Detailed client workflow".
 */
#ifndef MEASURE_VERIFY_FEED_FEED_H
#define MEASURE_VERIFY_FEED_FEED_H

#include "measure/verify/feed/releases.h"

/* As the specification leaves them to a client; those of python-tuf's, but for the timestamp. */
#define FEED_ROOTS_MAX	   256	   /* roots after the pinned one */
#define FEED_ROOT_MAX	   512000  /* bytes */
#define FEED_TIMESTAMP_MAX 65536   /* some 400 signatures, or 9 of ML-DSA-65 */
#define FEED_SNAPSHOT_MAX  2000000 /* if timestamp does not say */
#define FEED_TARGETS_MAX   5000000 /* if snapshot does not say */

enum phase { PHASE_ROOT, PHASE_TIMESTAMP, PHASE_SNAPSHOT, PHASE_TARGETS, PHASE_FILES, PHASE_DONE };

struct rampart_feed {
	int64_t time;
	enum phase phase;
	unsigned n_roots; /* after the pinned one */
	bool forgets;
	struct metadata now[_ROLE_MAX]; /* trusted */
	struct metadata old[_ROLE_MAX]; /* remembered: of timestamp, snapshot, targets */
	struct releases releases;
	size_t next_file; /* of releases.file, in PHASE_FILES */
	json_t *known;	  /* releases that were accepted before; NULL: none */
	json_t *accepted; /* and from now on; NULL: not judged yet */
	char *path;	  /* of what is wanted; owned */
	char keep[2 * HASH_LEN_MAX + 32];
};

#endif
