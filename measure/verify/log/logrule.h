/* SPDX-License-Identifier: MIT */
/*
 * The policy's rule "log": golden values count only if they are in a log that everybody can see.
 * All of it is told offline, from a proof that lies beside them and from what this client saw of
 * the log before:
 *
 *	the log's key signed the checkpoint, and so did a quorum of witnesses
 *	the path leads from the leaf of these golden values to the checkpoint's root
 *	the tree is the one that was seen before, grown or not
 *
 * The last is shown by the hashes of all leaves, of the proof or of what was seen. Without them, a
 * larger or a smaller tree is believed on the word of the witnesses, who saw both
 * (c2sp.org/tlog-cosignature, "Ed25519 signed message": the largest consistent tree head that they
 * observed, so a quorum that signed the larger one and the smaller one says of both that they are
 * one log), and refused if no witness is asked. A client that saw nothing yet has only the
 * witnesses against a log that shows it a tree of its own.
 */
#ifndef MEASURE_VERIFY_LOG_LOGRULE_H
#define MEASURE_VERIFY_LOG_LOGRULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/verify/log/logproof.h"
#include "measure/verify/log/note.h"

#define LOG_WITNESSES_MAX 64
#define LOG_SEEN_MAX	  (128 + 64 * LOGPROOF_LEAVES_MAX) /* bytes of what is kept */

/*
 * The largest tree that was accepted, and the leaves of the largest one that had them: a proof
 * without leaves takes nothing away of what is known.
 */
struct log_seen {
	uint64_t size; /* 0: none */
	struct merkle_hash root;
	struct merkle_hash *leaf; /* owned: the first n_leaves of them; NULL: none */
	uint64_t n_leaves;	  /* at most size */
	bool is_news;		  /* something was accepted since it was read */
};

struct log_rule {
	bool is_set;
	struct note_key key;
	char *origin;		  /* owned */
	struct note_key *witness; /* owned */
	size_t n_witnesses, quorum;
	struct log_seen seen;
};

/*
 * "log" of a policy: {"key", "origin", "witnesses", "quorum"}. NULL: there is no such rule.
 * -EPROTO and so on with the key, -ENOMEM; ret untouched then. log_rule_done() frees it.
 */
int log_rule_read(const json_t *json, struct log_rule *ret, struct rampart_error *error);
void log_rule_done(struct log_rule *rule);

/* Which log it is: the SHA-256 of its verifier key. Hex. */
void log_rule_id(const struct log_rule *rule, char ret_hex[static 65]);

/*
 * What was seen, as text: "rampart-log-seen/1", the size, the root in base64; if leaves are known,
 * but not all, their number and the root that they lead to; and their hashes; each in a line of its
 * own.
 */
int log_seen_read(const char *text, size_t len, struct log_seen *ret, struct rampart_error *error);
char *log_seen_print(const struct log_seen *seen); /* free() it; NULL: no memory */

/* What looking at a proof came to. */
#define LOG_TEXT_MAX 512
struct logged {
	const char *code; /* NULL: it holds; else what of "policy.log" was found: "fork". Static */
	char text[LOG_TEXT_MAX];
};

/*
 * Whether entry is in the log. proof NULL: there is none. If it holds, and the tree is larger than
 * what was seen, or has more leaves than are known, that is what was seen from now on. -ENOMEM only.
 */
int log_rule_judge(struct log_rule *rule, struct span entry, const struct rampart_signature *proof,
		   struct logged *ret);

#endif
