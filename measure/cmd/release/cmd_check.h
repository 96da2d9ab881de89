/* SPDX-License-Identifier: MIT */
/* The checks of `rampart check`, and how they are told. */
#ifndef MEASURE_CMD_RELEASE_CMD_CHECK_H
#define MEASURE_CMD_RELEASE_CMD_CHECK_H

#include <stdbool.h>

#include "measure/cmd/release/release.h"
#include "measure/cmd/signatures.h"
#include "measure/verify/policy/accept.h"

/* In this order; rampart-check(1) says what each means. Those of the policy as in accept.h. */
enum release_check {
	RELEASE_CHECK_LIST,
	RELEASE_CHECK_FILES,
	RELEASE_CHECK_DIGESTS,
	RELEASE_CHECK_SIGNERS,
	RELEASE_CHECK_GOLDEN,
	RELEASE_CHECK_PREDICTED,
	RELEASE_CHECK_POLICY,
	_RELEASE_CHECK_MAX = RELEASE_CHECK_POLICY + _ACCEPT_MAX
};

struct release_finding {
	enum rampart_outcome outcome;
	char text[ACCEPT_TEXT_MAX];
};

struct checking {
	struct release release;
	struct rampart_policy *policy;
	struct signed_by signed_by;	    /* who signed sha256sums */
	const struct policy_golden *golden; /* NULL: golden.json cannot be read */
	struct release_finding found[_RELEASE_CHECK_MAX];
};

/* Of the first check that decides it, or 0 if all hold. FAILS, else UNSURE, else HOLDS. */
enum rampart_outcome check_verdict(const struct checking *c, size_t *ret_check);

/* Lines for people, or JSON, on standard output. false if it could not be written. */
bool check_print(const struct checking *c);
bool check_print_json(const struct checking *c);

#endif
