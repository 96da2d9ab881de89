/* SPDX-License-Identifier: MIT */
#include "measure/verify/policy/accept.h"

#include <stdio.h>
#include <string.h>

static bool list_has(const json_t *list, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (!strcmp(json_string_value(entry), name))
			return true;
	}
	return !list; /* the policy leaves it open */
}

static bool version_is_accepted(const struct rampart_policy *policy,
				const struct policy_golden *golden)
{
	return !policy->minimum_version ||
	       rampart_version_compare(golden->values.version, policy->minimum_version) >= 0;
}

/* Every member of want is in shape, with that value. */
static bool shape_has(const json_t *shape, json_t *want)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
	{
		if (!json_equal(json_object_get(shape, key), value))
			return false;
	}
	return true;
}

static bool shape_is_accepted(const struct rampart_policy *policy,
			      const struct policy_golden *golden)
{
	size_t n = json_array_size(policy->shapes);

	for (size_t i = 0; i < n; i++)
		if (shape_has(golden->values.shape, json_array_get(policy->shapes, i)))
			return true;
	return !policy->shapes;
}

static enum rampart_outcome judge(bool accepted, const char *what, const char *value,
				  char ret_text[static ACCEPT_TEXT_MAX])
{
	snprintf(ret_text, ACCEPT_TEXT_MAX, "%s %s%s", what, value,
		 accepted ? "" : " is not accepted");
	return accepted ? RAMPART_HOLDS : RAMPART_FAILS;
}

static enum rampart_outcome say(enum rampart_outcome outcome, const char *text,
				char ret_text[static ACCEPT_TEXT_MAX])
{
	snprintf(ret_text, ACCEPT_TEXT_MAX, "%s", text);
	return outcome;
}

static enum rampart_outcome judge_signers(const struct rampart_policy *policy,
					  const struct policy_golden *golden,
					  char ret_text[static ACCEPT_TEXT_MAX])
{
	const struct signed_by *signed_by = &golden->signed_by;
	char names[SIGNERS_TEXT_MAX];

	if (policy->signers.n == 0)
		return say(RAMPART_SKIPPED, "the policy names no signers", ret_text);
	signers_print(&policy->signers, signed_by->by, names);
	snprintf(ret_text, ACCEPT_TEXT_MAX, "%s: %s%s", golden->name,
		 signed_by->why_not[0] ? "" : "signed by ",
		 signed_by->why_not[0] ? signed_by->why_not : names);
	return signed_by->why_not[0] ? RAMPART_FAILS : RAMPART_HOLDS;
}

static enum rampart_outcome judge_revoked(const struct rampart_policy *policy,
					  const struct policy_golden *golden,
					  char ret_text[static ACCEPT_TEXT_MAX])
{
	if (policy->n_revoked == 0)
		return say(RAMPART_SKIPPED, "the policy revokes nothing", ret_text);
	if (policy_is_revoked(policy, &golden->sha256))
		return say(RAMPART_FAILS, "these golden values are revoked", ret_text);
	if (!golden->values.names_files)
		return say(
			RAMPART_FAILS,
			"the golden values do not name the digests of disk image and UKI, so these "
			"may be revoked",
			ret_text);
	if (policy_is_revoked(policy, &golden->values.disk_sha256))
		return say(RAMPART_FAILS, "the disk image is revoked", ret_text);
	if (policy_is_revoked(policy, &golden->values.uki_sha256))
		return say(RAMPART_FAILS, "the UKI is revoked", ret_text);
	return say(RAMPART_HOLDS, "neither the golden values nor their image are revoked",
		   ret_text);
}

enum rampart_outcome accept_golden(const struct rampart_policy *policy,
				   const struct policy_golden *golden, enum accept_rule rule,
				   char ret_text[static ACCEPT_TEXT_MAX])
{
	switch (rule) {
	case ACCEPT_SIGNERS:
		return judge_signers(policy, golden, ret_text);
	case ACCEPT_REVOKED:
		return judge_revoked(policy, golden, ret_text);
	case ACCEPT_DEBUG:
		return judge(!golden->values.debug || policy->debug, "an image",
			     golden->values.debug ? "with a debug shell" : "without a debug shell",
			     ret_text);
	case ACCEPT_IMAGE:
		return judge(list_has(policy->images, golden->values.image), "image",
			     golden->values.image, ret_text);
	case ACCEPT_VERSION:
		return judge(version_is_accepted(policy, golden), "version", golden->values.version,
			     ret_text);
	case ACCEPT_PLATFORM:
		return judge(list_has(policy->platforms, golden->values.platform), "platform",
			     golden->values.platform, ret_text);
	case ACCEPT_SHAPE:
		return judge(shape_is_accepted(policy, golden), "shape", golden->shape_text,
			     ret_text);
	default:
		return say(RAMPART_UNSURE, "there is no such rule", ret_text);
	}
}

bool accept_all(const struct rampart_policy *policy, const struct policy_golden *golden)
{
	char text[ACCEPT_TEXT_MAX];

	for (enum accept_rule rule = 0; rule < _ACCEPT_MAX; rule++)
		if (accept_golden(policy, golden, rule, text) == RAMPART_FAILS)
			return false;
	return true;
}
