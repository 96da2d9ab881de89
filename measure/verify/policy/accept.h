/* SPDX-License-Identifier: MIT */
/* Whether a policy accepts golden values, rule by rule, whatever a machine shows. */
#ifndef MEASURE_VERIFY_POLICY_ACCEPT_H
#define MEASURE_VERIFY_POLICY_ACCEPT_H

#include <stdbool.h>

#include "measure/rampart.h"
#include "measure/verify/policy/policy.h"

/* In the order of the checks "policy.*" of rampart.h. */
enum accept_rule {
	ACCEPT_SIGNERS,
	ACCEPT_LOG,
	ACCEPT_REVOKED,
	ACCEPT_DEBUG,
	ACCEPT_IMAGE,
	ACCEPT_VERSION,
	ACCEPT_PLATFORM,
	ACCEPT_SHAPE,
	ACCEPT_UNCHECKED,
	ACCEPT_CURRENT,
	_ACCEPT_MAX
};

/* What looking at something came to. */
#define FINDING_TEXT_MAX 640
struct finding {
	enum rampart_outcome outcome;
	const char *detail; /* of the code: see rampart_check_codes(); NULL: none. Static */
	char text[FINDING_TEXT_MAX]; /* what was found, or what is wrong */
};

struct finding finding_of(enum rampart_outcome outcome, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Holds, fails, or skipped: the policy has no such rule. time: of the verification. */
struct finding accept_golden(const struct rampart_policy *policy,
			     const struct policy_golden *golden, enum accept_rule rule,
			     int64_t time);

/*
 * Whether golden values leave a PCR of the firmware open, wholly or in what events of it hold: the
 * host can put there what it likes then. ret_why is a sentence for people, and untouched if not.
 */
#define ACCEPT_WHY_MAX 512
bool accept_unchecked(const struct golden *values, unsigned pcr,
		      char ret_why[static ACCEPT_WHY_MAX]);

/* Whether no rule fails. */
bool accept_all(const struct rampart_policy *policy, const struct policy_golden *golden,
		int64_t time);

#endif
