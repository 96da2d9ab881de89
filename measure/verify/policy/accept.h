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
	ACCEPT_REVOKED,
	ACCEPT_DEBUG,
	ACCEPT_IMAGE,
	ACCEPT_VERSION,
	ACCEPT_PLATFORM,
	ACCEPT_SHAPE,
	_ACCEPT_MAX
};

#define ACCEPT_TEXT_MAX 640

/* Holds, fails, or skipped: the policy has no such rule. ret_text: what was found. */
enum rampart_outcome accept_golden(const struct rampart_policy *policy,
				   const struct policy_golden *golden, enum accept_rule rule,
				   char ret_text[static ACCEPT_TEXT_MAX]);

/* Whether no rule fails. */
bool accept_all(const struct rampart_policy *policy, const struct policy_golden *golden);

#endif
