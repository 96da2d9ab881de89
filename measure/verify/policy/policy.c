/* SPDX-License-Identifier: MIT */
#include "measure/verify/policy/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "measure/record/error.h"

struct rampart_policy *rampart_policy_new(void)
{
	return calloc(1, sizeof(struct rampart_policy));
}

void rampart_policy_free(struct rampart_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_goldens; i++)
		golden_values_done(&policy->golden[i]);
	free(policy->golden);
	free(policy->pin);
	for (size_t i = 0; i < policy->n_certs; i++)
		cert_done(&policy->cert[i]);
	free(policy->cert);
	free(policy->signers.key);
	free(policy->revoked);
	json_decref(policy->rules);
	free(policy);
}

void rampart_policy_allow_debug(struct rampart_policy *policy)
{
	policy->debug = true;
}

bool rampart_policy_has_signers(const struct rampart_policy *policy)
{
	return policy->signers.n > 0;
}

int rampart_policy_add_golden(struct rampart_policy *policy, const char *name, const char *json,
			      size_t len, struct rampart_error *error)
{
	return rampart_policy_add_signed_golden(policy, name, json, len, NULL, 0, error);
}

int rampart_policy_add_signed_golden(struct rampart_policy *policy, const char *name,
				     const char *json, size_t len,
				     const struct rampart_signature *signature, size_t n_signatures,
				     struct rampart_error *error)
{
	struct golden_values *more, values;
	struct signed_by signed_by;
	json_t *golden;
	int r = signers_check(policy, NAMESPACE_GOLDEN, span_of(json, len), signature, n_signatures,
			      &signed_by);

	if (r < 0)
		return error_memory(error);
	r = golden_parse(name, json, len, &golden, error);
	if (r == 0)
		r = golden_values(name, golden, &values, error);
	if (r < 0)
		return r;
	values.signed_by = signed_by;
	hash_bytes(HASH_SHA256, json, len, &values.sha256);
	more = realloc(policy->golden, (policy->n_goldens + 1) * sizeof(*more));
	if (!more) {
		golden_values_done(&values);
		return error_memory(error);
	}
	policy->golden = more;
	more[policy->n_goldens++] = values;
	return 0;
}

bool policy_is_pinned(const struct rampart_policy *policy, const struct digest *sha256)
{
	for (size_t i = 0; i < policy->n_pins; i++)
		if (digest_equal(&policy->pin[i], sha256))
			return true;
	return false;
}

bool policy_is_revoked(const struct rampart_policy *policy, const struct digest *sha256)
{
	for (size_t i = 0; i < policy->n_revoked; i++)
		if (digest_equal(&policy->revoked[i], sha256))
			return true;
	return false;
}

int policy_pin(struct rampart_policy *policy, const struct digest *sha256)
{
	struct digest *more;

	if (policy_is_pinned(policy, sha256))
		return 0;
	more = realloc(policy->pin, (policy->n_pins + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	policy->pin = more;
	more[policy->n_pins++] = *sha256;
	return 0;
}
