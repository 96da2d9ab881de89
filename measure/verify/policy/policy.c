/* SPDX-License-Identifier: MIT */
#include "measure/verify/policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"

struct rampart_policy *rampart_policy_new(void)
{
	return calloc(1, sizeof(struct rampart_policy));
}

static void golden_free(struct policy_golden *golden)
{
	golden_done(&golden->values);
	free(golden->name);
	free(golden->shape_text);
	free(golden->feed.refused);
}

void rampart_policy_free(struct rampart_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_goldens; i++)
		golden_free(&policy->golden[i]);
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
	struct policy_golden new = { .name = strdup(name) }, *more;
	int r = signers_check(&policy->signers, NAMESPACE_GOLDEN, span_of(json, len), signature,
			      n_signatures, &new.signed_by);

	if (r < 0 || !new.name)
		r = error_memory(error);
	else
		r = golden_parse(name, json, len, &new.values, error);
	if (r == 0 && !new.values.bank[HASH_SHA256])
		r = error_set(error, -EPROTO, "%s: no values of the bank sha256", name);
	if (r == 0) {
		hash_bytes(HASH_SHA256, json, len, &new.sha256);
		new.shape_text = json_dumps(new.values.shape, JSON_COMPACT | JSON_SORT_KEYS);
		more = realloc(policy->golden, (policy->n_goldens + 1) * sizeof(*more));
		if (more)
			policy->golden = more;
		if (!more || !new.shape_text)
			r = error_memory(error);
	}
	if (r < 0)
		golden_free(&new);
	else
		policy->golden[policy->n_goldens++] = new;
	return r;
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
