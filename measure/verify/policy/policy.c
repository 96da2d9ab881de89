/* SPDX-License-Identifier: MIT */
#include "measure/verify/policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/pcrs.h"
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

void policy_drop_golden(struct rampart_policy *policy)
{
	golden_free(&policy->golden[--policy->n_goldens]);
}

void rampart_policy_free(struct rampart_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_goldens; i++)
		golden_free(&policy->golden[i]);
	free(policy->golden);
	for (size_t i = 0; i < policy->n_aside; i++)
		free(policy->aside[i]);
	free(policy->aside);
	free(policy->pins.list);
	free(policy->document_pins.list);
	for (size_t i = 0; i < policy->n_certs; i++)
		cert_done(&policy->cert[i]);
	free(policy->cert);
	free(policy->signers.key);
	free(policy->revoked);
	log_rule_done(&policy->log);
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

bool rampart_policy_log(const struct rampart_policy *policy, char ret_id[65])
{
	if (policy->log.is_set)
		log_rule_id(&policy->log, ret_id);
	return policy->log.is_set;
}

int rampart_policy_log_seen(struct rampart_policy *policy, const char *text, size_t len,
			    struct rampart_error *error)
{
	struct log_seen seen;
	int r = log_seen_read(text, len, &seen, error);

	if (r < 0)
		return r;
	free(policy->log.seen.leaf);
	policy->log.seen = seen;
	return 0;
}

int rampart_policy_log_news(const struct rampart_policy *policy, char **ret_text,
			    struct rampart_error *error)
{
	char *text = NULL;

	if (policy->log.seen.is_news) {
		text = log_seen_print(&policy->log.seen);
		if (!text)
			return error_memory(error);
	}
	*ret_text = text;
	return 0;
}

/* Whether the log that the policy names, if it names one, has these golden values. */
static int look_in_log(struct rampart_policy *policy, struct policy_golden *golden,
		       const struct rampart_signature *proof)
{
	char hex[HASH_HEX_MAX], *entry;
	int r;

	if (!policy->log.is_set)
		return 0;
	digest_hex(&golden->sha256, hex);
	entry = logproof_entry(hex, golden->values.image, golden->values.version);
	if (!entry)
		return -ENOMEM;
	r = log_rule_judge(&policy->log, span_of(entry, strlen(entry)), proof, &golden->logged);
	free(entry);
	return r;
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
	return rampart_policy_add_logged_golden(policy, name, json, len, signature, n_signatures,
						NULL, error);
}

int rampart_policy_add_logged_golden(struct rampart_policy *policy, const char *name,
				     const char *json, size_t len,
				     const struct rampart_signature *signature, size_t n_signatures,
				     const struct rampart_signature *proof,
				     struct rampart_error *error)
{
	struct policy_golden new = { .name = strdup(name) }, *more;
	int r = signers_check(&policy->signers, NAMESPACE_GOLDEN, span_of(json, len), signature,
			      n_signatures, &new.signed_by);

	if (r < 0 || !new.name)
		r = error_memory(error);
	else
		r = golden_parse(name, json, len, &new.values, error);
	if (r == 0 && !pcrs_bank_suffices(new.values.bank))
		r = error_set(error, -EPROTO, "%s: no values of the bank sha256 or sha384", name);
	if (r == 0) {
		hash_bytes(HASH_SHA256, json, len, &new.sha256);
		if (look_in_log(policy, &new, proof) < 0)
			r = error_memory(error);
	}
	if (r == 0) {
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

bool policy_is_pinned(const struct policy_pins *pins, const struct digest *sha256)
{
	for (size_t i = 0; i < pins->n; i++)
		if (digest_equal(&pins->list[i], sha256))
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

int policy_pin(struct policy_pins *pins, const struct digest *sha256)
{
	struct digest *more;

	if (policy_is_pinned(pins, sha256))
		return 0;
	more = realloc(pins->list, (pins->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	pins->list = more;
	more[pins->n++] = *sha256;
	return 0;
}
