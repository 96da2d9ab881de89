/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/jsonread.h"
#include "measure/record/lines.h"
#include "measure/verify/policy/policy.h"

#define SCHEMA		"rampart-policy/1"
#define POLICY_SIZE_MAX (1 << 20)
#define DEPTH_MAX	8

static int refuse(struct rampart_error *error, const char *key, const char *what)
{
	return error_set(error, -EPROTO, "%s: %s", key, what);
}

/* A list, not empty, of what is_right; NULL in ret_list if there is no such key. */
static int take_list(const json_t *rules, const char *key, bool (*is_right)(const json_t *entry),
		     const char *what, const json_t **ret_list, struct rampart_error *error)
{
	const json_t *list = json_object_get(rules, key), *entry;
	size_t i;

	if (list && json_array_size(list) == 0)
		return refuse(error, key, "not a list, or an empty one");
	json_array_foreach(list, i, entry)
	{
		if (!is_right(entry))
			return refuse(error, key, what);
	}
	*ret_list = list;
	return 0;
}

static bool is_name(const json_t *entry)
{
	return json_string_length(entry) > 0;
}

static bool is_shape(const json_t *entry)
{
	return json_object_size(entry) > 0;
}

#define NO_DIGEST "an entry that is not \"sha256:<64 hex digits>\""

/* "sha256:<hex>" */
static bool read_digest(const json_t *entry, struct digest *ret_sha256)
{
	const char *text = json_string_value(entry);
	size_t prefix = strlen("sha256:");

	return text && !strncmp(text, "sha256:", prefix) &&
	       digest_from_hex(HASH_SHA256, text + prefix, json_string_length(entry) - prefix,
			       ret_sha256) == 0;
}

static bool is_digest(const json_t *entry)
{
	struct digest sha256;

	return read_digest(entry, &sha256);
}

static bool is_bank(const json_t *entry)
{
	const char *text = json_string_value(entry);

	return text && (!strcmp(text, "sha256") || !strcmp(text, "sha384"));
}

static bool is_way(const json_t *entry)
{
	const char *text = json_string_value(entry);

	return text && (!strcmp(text, "certificate") || !strcmp(text, "activation"));
}

/* One of two words, the first if there is no such key; whether it is the second. */
static int take_choice(const json_t *rules, const char *key, const char *first, const char *second,
		       bool *ret_is_second, struct rampart_error *error)
{
	const json_t *value = json_object_get(rules, key);
	const char *text = value ? json_string_value(value) : first;

	if (!text || (strcmp(text, first) != 0 && strcmp(text, second) != 0))
		return error_set(error, -EPROTO, "%s: neither \"%s\" nor \"%s\"", key, first,
				 second);
	*ret_is_second = !strcmp(text, second);
	return 0;
}

/* list: of texts, or NULL, which has none. */
static bool has_text(const json_t *list, const char *text)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (!strcmp(json_string_value(entry), text))
			return true;
	}
	return false;
}

static int take_lists(const json_t *rules, struct rampart_policy *p, struct rampart_error *error)
{
	const json_t *ways = NULL, *banks = NULL;
	int r = take_list(rules, "images", is_name, "an entry that is no name", &p->images, error);

	if (r == 0)
		r = take_list(rules, "platforms", is_name, "an entry that is no name",
			      &p->platforms, error);
	if (r == 0)
		r = take_list(rules, "shapes", is_shape, "an entry that is no object with a member",
			      &p->shapes, error);
	if (r == 0)
		r = take_list(rules, "ak", is_way,
			      "an entry that is neither \"certificate\" nor \"activation\"", &ways,
			      error);
	if (r == 0)
		r = take_list(rules, "banks", is_bank,
			      "an entry that is neither \"sha256\" nor \"sha384\"", &banks, error);
	p->no_certificate = ways && !has_text(ways, "certificate");
	p->no_activation = ways && !has_text(ways, "activation");
	p->bank[HASH_SHA256] = has_text(banks, "sha256");
	p->bank[HASH_SHA384] = has_text(banks, "sha384");
	return r;
}

static int take_rest(const json_t *rules, struct rampart_policy *p, struct rampart_error *error)
{
	const json_t *debug = json_object_get(rules, "debug");
	const json_t *version = json_object_get(rules, "minimum_version");
	int r;

	if (debug && !json_is_boolean(debug))
		return refuse(error, "debug", "neither true nor false");
	if (version && !is_name(version))
		return refuse(error, "minimum_version", "not a version");
	p->debug = json_is_true(debug);
	p->minimum_version = json_string_value(version);
	r = take_choice(rules, "expired_intermediates", "reject", "accept", &p->accept_expired,
			error);
	if (r == 0)
		r = take_choice(rules, "channel_binding", "required", "optional",
				&p->channel_optional, error);
	if (r == 0)
		r = take_choice(rules, "unchecked", "accept", "forbid", &p->forbid_unchecked,
				error);
	return r;
}

/* What a TPM may show of its past. */
static int take_tpm(const json_t *rules, struct rampart_policy *p, struct rampart_error *error)
{
	const json_t *restarts = json_object_get(rules, "tpm_restarts");
	json_int_t n = json_integer_value(restarts);

	if (restarts && (!json_is_integer(restarts) || n < 0 || n > UINT32_MAX))
		return refuse(error, "tpm_restarts", "not a whole number from 0 to 4294967295");
	p->has_restarts = restarts;
	p->restarts = (uint32_t)n;
	return take_choice(rules, "tpm_clones", "warn", "reject", &p->reject_clones, error);
}

static int take_revoked(const json_t *rules, struct rampart_policy *p, struct rampart_error *error)
{
	const json_t *revoked = NULL, *entry;
	size_t i;
	int r = take_list(rules, "revoked", is_digest, NO_DIGEST, &revoked, error);

	if (r < 0 || !revoked)
		return r;
	p->revoked = calloc(json_array_size(revoked), sizeof(*p->revoked));
	if (!p->revoked)
		return error_memory(error);
	json_array_foreach(revoked, i, entry)
	{
		p->n_revoked += read_digest(entry, &p->revoked[p->n_revoked]);
	}
	return 0;
}

/* Who signs golden values is looked at when these are added, so it must be known by then. */
static int take_signers(const json_t *json, struct rampart_policy *rules,
			const struct rampart_policy *policy, struct rampart_error *error)
{
	int r = signers_read(json, &rules->signers, error);

	if (r == 0)
		r = take_revoked(json, rules, error);
	for (size_t i = 0; i < rules->signers.n && r == 0; i++)
		rules->signers.key[i].is_revoked =
			policy_is_revoked(rules, &rules->signers.key[i].fingerprint);
	if (r == 0 && rules->signers.n > 0 && policy->n_goldens > 0)
		r = error_set(error, -EPROTO,
			      "signers: golden values were added before this policy was read");
	return r;
}

/* As with signers: a proof is looked at when golden values are added. */
static int take_log(const json_t *json, struct rampart_policy *rules,
		    const struct rampart_policy *policy, struct rampart_error *error)
{
	int r = log_rule_read(json_object_get(json, "log"), &rules->log, error);

	if (r == 0 && rules->log.is_set && policy->n_goldens > 0)
		r = error_set(error, -EPROTO,
			      "log: golden values were added before this policy was read");
	return r;
}

/* list: of digests, or NULL. */
static int pin_all(const json_t *list, struct policy_pins *pins, struct rampart_error *error)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		struct digest sha256;

		if (read_digest(entry, &sha256) && policy_pin(pins, &sha256) < 0)
			return error_memory(error);
	}
	return 0;
}

/* Everything into rules, and the pins into policy: last, since those are there to stay. */
static int take_all(const json_t *json, struct rampart_policy *rules, struct rampart_policy *policy,
		    struct rampart_error *error)
{
	static const char *const keys[] = { "schema",
					    "images",
					    "minimum_version",
					    "roots",
					    "debug",
					    "platforms",
					    "shapes",
					    "expired_intermediates",
					    "ak",
					    "channel_binding",
					    "signers",
					    "threshold",
					    "signature_kinds",
					    "revoked",
					    "tpm_restarts",
					    "tpm_clones",
					    "unchecked",
					    "banks",
					    "log",
					    "document_roots",
					    NULL };
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const json_t *roots = NULL, *documents = NULL;
	int r;

	if (!schema || strcmp(schema, SCHEMA) != 0)
		return error_set(error, -ENOTSUP, "schema: not \"%s\"", SCHEMA);
	r = jsonread_keys(json, "", keys, 1, error);
	if (r == 0)
		r = take_lists(json, rules, error);
	if (r == 0)
		r = take_rest(json, rules, error);
	if (r == 0)
		r = take_tpm(json, rules, error);
	if (r == 0)
		r = take_signers(json, rules, policy, error);
	if (r == 0)
		r = take_log(json, rules, policy, error);
	if (r == 0)
		r = take_list(json, "roots", is_digest, NO_DIGEST, &roots, error);
	if (r == 0)
		r = take_list(json, "document_roots", is_digest, NO_DIGEST, &documents, error);
	if (r == 0)
		r = pin_all(roots, &policy->pins, error);
	if (r == 0)
		r = pin_all(documents, &policy->document_pins, error);
	return r;
}

int rampart_policy_read(struct rampart_policy *policy, const char *json, size_t len,
			struct rampart_error *error)
{
	struct span text = span_of(json, len);
	struct rampart_policy rules = { 0 };
	json_t *tree;
	int r;

	if (policy->rules)
		return error_set(error, -EPROTO, "a second policy");
	if (len > POLICY_SIZE_MAX)
		return error_set(error, -EFBIG, "more than %d bytes", POLICY_SIZE_MAX);
	lines_skip_bom(&text);
	r = jsonread((const char *)text.p, text.left, DEPTH_MAX, &tree, error);
	if (r < 0)
		return r;
	r = take_all(tree, &rules, policy, error);
	if (r < 0) {
		free(rules.signers.key);
		free(rules.revoked);
		log_rule_done(&rules.log);
		json_decref(tree);
		return r;
	}
	policy->rules = tree;
	policy->images = rules.images;
	policy->platforms = rules.platforms;
	policy->shapes = rules.shapes;
	policy->minimum_version = rules.minimum_version;
	policy->debug |= rules.debug;
	policy->accept_expired = rules.accept_expired;
	policy->no_certificate = rules.no_certificate;
	policy->no_activation = rules.no_activation;
	policy->channel_optional = rules.channel_optional;
	policy->has_restarts = rules.has_restarts;
	policy->restarts = rules.restarts;
	policy->reject_clones = rules.reject_clones;
	policy->forbid_unchecked = rules.forbid_unchecked;
	memcpy(policy->bank, rules.bank, sizeof(policy->bank));
	policy->signers = rules.signers;
	policy->revoked = rules.revoked;
	policy->n_revoked = rules.n_revoked;
	policy->log = rules.log;
	return 0;
}
