/* SPDX-License-Identifier: MIT */
/*
 * Checkpoints of logs, and proofs that something is in one, as texts. Sources:
 * c2sp.org/tlog-checkpoint, "Note text"; c2sp.org/tlog-proof, "Format".
 *
 *	c2sp.org/tlog-proof@v1
 *	extra BASE64                  may be left out; nobody signed it
 *	index N
 *	BASE64 of a hash              for each step from the leaf to the root
 *
 *	ORIGIN                        from here on it is the checkpoint, a signed note
 *	SIZE
 *	BASE64 of the root
 *
 *	— NAME BASE64
 *
 * Our extra data are the hashes of all leaves, one after the other, up to LOGPROOF_LEAVES_MAX of
 * them. They lead to the root, or mean nothing: so they need no signature. With them a client sees
 * by itself that the log only grew since it last looked. Other extra data is valid, and ignored.
 */
#ifndef MEASURE_VERIFY_LOG_LOGPROOF_H
#define MEASURE_VERIFY_LOG_LOGPROOF_H

#include <stddef.h>
#include <stdint.h>

#include "measure/rampart.h"
#include "measure/verify/log/note.h"
#include "measure/verify/log/tree.h"

#define LOGPROOF_HEAD	    "c2sp.org/tlog-proof@v1"
#define LOGPROOF_LEAVES_MAX 1024 /* 32 KB; a log of releases gets one a release */
#define LOGPROOF_SIZE_MAX   (NOTE_SIZE_MAX + 131072)

struct checkpoint {
	struct span origin; /* borrowed */
	uint64_t size;
	struct merkle_hash root;
	struct note note;
};

/* -EBADMSG, -EFBIG; ret untouched then. Says nothing about who signed. */
int checkpoint_parse(const void *bytes, size_t len, struct checkpoint *ret,
		     struct rampart_error *error);

struct logproof {
	uint64_t index;
	struct merkle_hash path[TREE_PATH_MAX];
	size_t n; /* of path */
	struct checkpoint checkpoint;
	struct merkle_hash *leaf; /* owned: all of the tree, as its root shows; NULL: not given */
};

/*
 * -EBADMSG, -EFBIG, -ENOMEM; ret untouched then. Borrows bytes. logproof_done() frees it. Whether
 * the path leads anywhere is not looked at.
 */
int logproof_parse(const void *bytes, size_t len, struct logproof *ret,
		   struct rampart_error *error);
void logproof_done(struct logproof *proof);

/* The lines of a tree of n leaves for index, before the checkpoint. free() it; NULL: no memory. */
char *logproof_print(const struct merkle_hash *leaf, size_t n, size_t index);

/*
 * The leaf that stands for golden values, lines that end in a newline: "rampart-release/1", "golden
 * sha256:HEX" of golden.json, "image NAME", "version VERSION". free() it; NULL: no memory.
 */
char *logproof_entry(const char *golden_sha256_hex, const char *image, const char *version);

#endif
