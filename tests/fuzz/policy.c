/* SPDX-License-Identifier: MIT */
/* rampart_policy_read(): a policy is read once, and one that is refused leaves nothing behind. */
#include "measure/verify/policy/policy.h"
#include "tests/fuzz/fuzz.h"

static const char simple[] = "{\"schema\": \"rampart-policy/1\"}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct rampart_error error = { "" };

	require(policy != NULL);
	if (rampart_policy_read(policy, (const char *)data, size, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		require(!policy->rules && !policy->debug && !policy->accept_expired &&
			!policy->no_certificate && !policy->no_activation &&
			!policy->channel_optional && policy->pins.n == 0 &&
			policy->document_pins.n == 0 && !policy->images && !policy->platforms &&
			!policy->shapes && !policy->minimum_version);
		require(!policy->signers.key && policy->signers.n == 0 && !policy->revoked &&
			policy->n_revoked == 0);
		require(rampart_policy_read(policy, simple, sizeof(simple) - 1, &error) == 0);
	}
	require(policy->signers.n_names <= policy->signers.n &&
		policy->signers.threshold <= policy->signers.n_names &&
		(policy->signers.threshold > 0) == (policy->signers.n > 0));
	require(rampart_policy_read(policy, simple, sizeof(simple) - 1, &error) < 0);
	rampart_policy_free(policy);
	return 0;
}
