/* SPDX-License-Identifier: MIT */
/* What a verifier accepts, ready for use. */
#ifndef MEASURE_VERIFY_POLICY_POLICY_H
#define MEASURE_VERIFY_POLICY_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/rampart.h"
#include "measure/record/golden.h"
#include "measure/verify/log/logrule.h"
#include "measure/verify/signature/signers.h"
#include "measure/verify/tpm/cert.h"

/* What a feed says of golden values. */
struct policy_feed {
	bool named; /* by a feed, at all */
	int64_t release;
	int64_t version;	   /* of the feed's timestamp */
	int64_t not_before, until; /* until: the first of their own end and the feed's */
	const char *until_why;	   /* which of them it is: "not_after", "timestamp"...; static */
	char *refused;		   /* owned: why they are not accepted; NULL */
};

/* Golden values as somebody gave them to a policy. */
struct policy_golden {
	struct golden values;	    /* with a bank that suffices: measure/lib/pcrs.h */
	char *name, *shape_text;    /* owned */
	struct digest sha256;	    /* of the text */
	struct signed_by signed_by; /* over the text */
	struct policy_feed feed;
	struct logged logged; /* if the policy names a log */
};

struct rampart_policy {
	json_t *rules; /* owned; NULL: none were read. What the next ones point to, each NULL if
			  open */
	const json_t *images, *platforms, *shapes;
	const char *minimum_version;
	bool debug, accept_expired, no_certificate, no_activation, channel_optional;
	bool has_restarts, reject_clones, forbid_unchecked;
	bool bank[_HASH_MAX];	/* to be compared in, whatever golden values have */
	uint32_t restarts;	/* the largest restartCount that is accepted, if has_restarts */
	struct signers signers; /* its keys are owned, its texts are those of rules */
	struct log_rule log;
	struct digest *revoked; /* owned: of files and of keys */
	size_t n_revoked;

	struct policy_golden *golden; /* owned */
	size_t n_goldens;
	char **aside; /* owned: rampart_policy_aside() */
	size_t n_aside;

	/* Owned: sha256 of the certificates where chains may end, of keys of TPMs and of
	 * attestation documents. */
	struct policy_pins {
		struct digest *list;
		size_t n;
	} pins, document_pins;

	struct cert *cert; /* owned: for building chains */
	size_t n_certs;
};

/* -ENOMEM; a digest that is there already is not added again. */
int policy_pin(struct policy_pins *pins, const struct digest *sha256);

bool policy_is_pinned(const struct policy_pins *pins, const struct digest *sha256);

/* Takes out the golden values that were added last. */
void policy_drop_golden(struct rampart_policy *policy);

/* Whether the policy revokes what has this digest. */
bool policy_is_revoked(const struct rampart_policy *policy, const struct digest *sha256);

#endif
