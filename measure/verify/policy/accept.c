/* SPDX-License-Identifier: MIT */
#include "measure/verify/policy/accept.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure/verify/feed/metadata.h"

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

struct finding finding_of(enum rampart_outcome outcome, const char *format, ...)
{
	struct finding ret = { .outcome = outcome };
	va_list args;

	va_start(args, format);
	vsnprintf(ret.text, sizeof(ret.text), format, args);
	va_end(args);
	return ret;
}

static struct finding judge(bool accepted, const char *what, const char *value)
{
	return finding_of(accepted ? RAMPART_HOLDS : RAMPART_FAILS, "%s %s%s", what, value,
			  accepted ? "" : " is not accepted");
}

static struct finding judge_signers(const struct rampart_policy *policy,
				    const struct policy_golden *golden)
{
	const struct signed_by *signed_by = &golden->signed_by;
	char names[SIGNERS_TEXT_MAX];

	if (policy->signers.n == 0)
		return finding_of(RAMPART_SKIPPED, "the policy names no signers");
	if (signed_by->why_not[0])
		return finding_of(RAMPART_FAILS, "%s: %s", golden->name, signed_by->why_not);
	signers_print(&policy->signers, signed_by->by, names);
	return finding_of(RAMPART_HOLDS, "%s: signed by %s", golden->name, names);
}

static struct finding judge_log(const struct rampart_policy *policy,
				const struct policy_golden *golden)
{
	const struct logged *logged = &golden->logged;
	struct finding f;

	if (!policy->log.is_set)
		return finding_of(RAMPART_SKIPPED, "the policy names no log");
	f = finding_of(logged->code ? RAMPART_FAILS : RAMPART_HOLDS, "%.100s: %s", golden->name,
		       logged->text);
	f.detail = logged->code;
	return f;
}

static struct finding judge_revoked(const struct rampart_policy *policy,
				    const struct policy_golden *golden)
{
	if (policy->n_revoked == 0)
		return finding_of(RAMPART_SKIPPED, "the policy revokes nothing");
	if (policy_is_revoked(policy, &golden->sha256))
		return finding_of(RAMPART_FAILS, "these golden values are revoked");
	if (!golden->values.names_files)
		return finding_of(
			RAMPART_FAILS,
			"the golden values do not name the digests of disk image and UKI, so these may be revoked");
	if (policy_is_revoked(policy, &golden->values.disk_sha256))
		return finding_of(RAMPART_FAILS, "the disk image is revoked");
	if (policy_is_revoked(policy, &golden->values.uki_sha256))
		return finding_of(RAMPART_FAILS, "the UKI is revoked");
	return finding_of(RAMPART_HOLDS, "neither the golden values nor their image are revoked");
}

/* Whether a log may show there what it likes, all of it or some bytes. */
static bool is_free(const struct golden_event *ev, unsigned pcr)
{
	return ev->pcr == pcr && (ev->by == GOLDEN_ANY ||
				  (ev->by == GOLDEN_DATA && (!ev->data || strchr(ev->data, '.'))));
}

/* Events that leave no room are counted, so that no text is cut in the middle of a character. */
static size_t list_free(const struct golden *values, unsigned pcr, char *text, size_t size)
{
	size_t n = 0, n_left = 0, len = 0;

	for (size_t i = 0; i < values->n_events; i++) {
		const struct golden_event *ev = &values->event[i];
		size_t need = strlen(ev->type) + strlen(ev->what) + sizeof(",  \"\"");

		if (!is_free(ev, pcr))
			continue;
		if (n_left > 0 || need + sizeof(" and 1234567890 more") > size - len)
			n_left++;
		else
			len += (size_t)snprintf(text + len, size - len, "%s%s \"%s\"",
						n > 0 ? ", " : "", ev->type, ev->what);
		n++;
	}
	if (n_left > 0)
		snprintf(text + len, size - len, "%s%zu more", len > 0 ? " and " : "", n_left);
	return n;
}

bool accept_unchecked(const struct golden *values, unsigned pcr,
		      char ret_why[static ACCEPT_WHY_MAX])
{
	const struct golden_pcr *rule = &values->pcr[pcr];
	char list[ACCEPT_WHY_MAX - 64];

	if (!golden_is_platform(pcr))
		return false;
	if (rule->rule == GOLDEN_UNCHECKED)
		snprintf(ret_why, ACCEPT_WHY_MAX, "%s", rule->why);
	else if (list_free(values, pcr, list, sizeof(list)) > 0)
		snprintf(ret_why, ACCEPT_WHY_MAX, "the host is free to choose data of %s", list);
	else
		return false;
	return true;
}

static struct finding judge_unchecked(const struct rampart_policy *policy,
				      const struct golden *values)
{
	char why[ACCEPT_WHY_MAX];

	for (unsigned pcr = 0; pcr < GOLDEN_COMPARED; pcr++)
		if (accept_unchecked(values, pcr, why))
			return finding_of(policy->forbid_unchecked ? RAMPART_FAILS : RAMPART_HOLDS,
					  "PCR %u is not %schecked, %s: %s", pcr,
					  values->pcr[pcr].rule == GOLDEN_UNCHECKED ? ""
										    : "wholly ",
					  policy->forbid_unchecked ? "which the policy forbids"
								   : "which is accepted",
					  why);
	return finding_of(RAMPART_HOLDS, "every PCR is compared");
}

static struct finding judge_current(const struct policy_golden *golden, int64_t time)
{
	const struct policy_feed *feed = &golden->feed;
	char text[METADATA_TIME_MAX];

	if (!feed->named)
		return finding_of(RAMPART_SKIPPED, "the golden values are of no feed");
	if (feed->refused)
		return finding_of(RAMPART_FAILS, "%s", feed->refused);
	if (time < feed->not_before) {
		metadata_print_time(feed->not_before, text);
		return finding_of(RAMPART_FAILS, "release %" PRId64 " of %s is valid from %s on",
				  feed->release, golden->values.image, text);
	}
	metadata_print_time(feed->until, text);
	if (time >= feed->until)
		return finding_of(RAMPART_FAILS, "release %" PRId64 " of %s ended at %s (%s)",
				  feed->release, golden->values.image, text, feed->until_why);
	return finding_of(RAMPART_HOLDS, "release %" PRId64 " of %s is valid until %s (%s)",
			  feed->release, golden->values.image, text, feed->until_why);
}

struct finding accept_golden(const struct rampart_policy *policy,
			     const struct policy_golden *golden, enum accept_rule rule,
			     int64_t time)
{
	const struct golden *values = &golden->values;

	switch (rule) {
	case ACCEPT_SIGNERS:
		return judge_signers(policy, golden);
	case ACCEPT_LOG:
		return judge_log(policy, golden);
	case ACCEPT_REVOKED:
		return judge_revoked(policy, golden);
	case ACCEPT_DEBUG:
		return judge(!values->debug || policy->debug, "an image",
			     values->debug ? "with a debug shell" : "without a debug shell");
	case ACCEPT_IMAGE:
		return judge(list_has(policy->images, values->image), "image", values->image);
	case ACCEPT_VERSION:
		if (policy->minimum_version &&
		    rampart_version_compare(values->version, policy->minimum_version) < 0)
			return finding_of(
				RAMPART_FAILS,
				"version %s is not accepted: the policy wants %s or later",
				values->version, policy->minimum_version);
		return judge(true, "version", values->version);
	case ACCEPT_PLATFORM:
		return judge(list_has(policy->platforms, values->platform), "platform",
			     values->platform);
	case ACCEPT_SHAPE:
		return judge(shape_is_accepted(policy, golden), "shape", golden->shape_text);
	case ACCEPT_UNCHECKED:
		return judge_unchecked(policy, values);
	case ACCEPT_CURRENT:
		return judge_current(golden, time);
	default:
		return finding_of(RAMPART_UNSURE, "there is no such rule");
	}
}

bool accept_all(const struct rampart_policy *policy, const struct policy_golden *golden,
		int64_t time)
{
	for (enum accept_rule rule = 0; rule < _ACCEPT_MAX; rule++)
		if (accept_golden(policy, golden, rule, time).outcome == RAMPART_FAILS)
			return false;
	return true;
}
