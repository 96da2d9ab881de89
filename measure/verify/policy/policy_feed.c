/* SPDX-License-Identifier: MIT */
/* What a feed names becomes golden values of a policy. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/verify/feed/feed.h"
#include "measure/verify/policy/policy.h"

/* Those that follow a golden.json in the feed's files, and the proof that it is in a log, if there is one. */
static size_t signatures_of(const struct releases *releases, size_t file,
			    struct rampart_signature *ret, struct rampart_signature *ret_proof)
{
	size_t n = 0;

	*ret_proof = (struct rampart_signature){ .text = NULL };
	for (size_t i = file + 1; i < releases->n_files; i++) {
		const struct feed_file *f = &releases->file[i];

		if (f->kind == FEED_GOLDEN)
			break;
		*(f->kind == FEED_PROOF ? ret_proof : &ret[n++]) = (struct rampart_signature){
			.name = f->path, .text = f->text, .len = f->len
		};
	}
	return n;
}

/* The feed's word on the golden values that were added last. */
static int set_feed(struct policy_golden *golden, const struct rampart_feed *feed,
		    const struct rampart_feed_release *r, struct rampart_error *error)
{
	struct policy_feed *ret = &golden->feed;

	if (strcmp(golden->values.image, r->image) != 0 ||
	    strcmp(golden->values.version, r->version) != 0)
		return error_set(
			error, -EPROTO,
			"%.200s is of %.64s %.64s, and targets says of %s %s: the feed's keeper must add it anew",
			r->path, golden->values.image, golden->values.version, r->image,
			r->version);
	if (golden->values.has_release && golden->values.release != r->release)
		return error_set(error, -EPROTO,
				 "%.200s is release %" PRIu32
				 " of %.64s, and targets says release %" PRId64
				 ": the feed's keeper must add it anew",
				 r->path, golden->values.release, r->image, r->release);
	ret->refused = r->refused ? strdup(r->refused) : NULL;
	if (r->refused && !ret->refused)
		return error_memory(error);
	ret->named = true;
	ret->release = r->release;
	ret->version = feed->now[ROLE_TIMESTAMP].version;
	ret->not_before = r->not_before;
	ret->until = rampart_feed_until(feed, &ret->until_why);
	if (r->not_after <= ret->until) {
		ret->until = r->not_after;
		ret->until_why = "not_after";
	}
	return 0;
}

static int add_release(struct rampart_policy *policy, const struct rampart_feed *feed,
		       const struct release *release, struct rampart_signature *signature,
		       struct rampart_error *error)
{
	const struct rampart_feed_release *r = &release->public;
	struct rampart_signature proof;
	size_t n = signatures_of(&feed->releases, release->file, signature, &proof);
	int e = rampart_policy_add_logged_golden(policy, r->path, r->text, r->len, signature, n,
						 proof.text ? &proof : NULL, error);

	if (e < 0)
		return e;
	e = set_feed(&policy->golden[policy->n_goldens - 1], feed, r, error);
	if (e < 0) /* without the feed's word they would be accepted for good */
		policy_drop_golden(policy);
	return e;
}

static int set_aside(struct rampart_policy *policy, const char *why, struct rampart_error *error)
{
	char **more = realloc(policy->aside, (policy->n_aside + 1) * sizeof(*more));
	char *text = strdup(why);

	if (more)
		policy->aside = more;
	if (!more || !text) {
		free(text);
		return error_memory(error);
	}
	policy->aside[policy->n_aside++] = text;
	return 0;
}

/* The releases, each for itself: what is wrong with one says nothing of the others. */
static int add_releases(struct rampart_policy *policy, const struct rampart_feed *feed,
			struct rampart_signature *signature, struct rampart_error *error)
{
	const struct releases *releases = &feed->releases;
	size_t first = policy->n_aside, n = 0;
	struct rampart_error why;
	int r = 0;

	for (size_t i = 0; i < releases->n_aside && r == 0; i++)
		r = set_aside(policy, releases->aside[i], error);
	for (size_t i = 0; i < releases->n && r == 0; i++) {
		r = add_release(policy, feed, &releases->list[i], signature, &why);
		n += r == 0;
		if (r < 0)
			r = r == -ENOMEM ? error_memory(error) : set_aside(policy, why.text, error);
	}
	if (r == 0 && n == 0)
		r = releases_refuse("no release of the feed can be used", policy->aside + first,
				    policy->n_aside - first, error);
	return r;
}

int rampart_policy_add_feed(struct rampart_policy *policy, const struct rampart_feed *feed,
			    struct rampart_error *error)
{
	struct rampart_signature *signature;
	int r;

	if (feed->phase != PHASE_DONE)
		return error_set(error, -EPROTO, "the feed is not all there yet");
	signature = calloc(RELEASES_FILES_MAX, sizeof(*signature));
	if (!signature)
		return error_memory(error);
	r = add_releases(policy, feed, signature, error);
	free(signature);
	return r;
}

const char *rampart_policy_aside(const struct rampart_policy *policy, size_t i)
{
	return i < policy->n_aside ? policy->aside[i] : NULL;
}

int64_t rampart_policy_until(const struct rampart_policy *policy, const char *sha256)
{
	struct digest digest;
	int64_t until = 0;

	if (digest_from_hex(HASH_SHA256, sha256, strlen(sha256), &digest) < 0)
		return 0;
	for (size_t i = 0; i < policy->n_goldens; i++) {
		const struct policy_golden *golden = &policy->golden[i];

		if (!digest_equal(&golden->sha256, &digest))
			continue;
		if (!golden->feed.named)
			return INT64_MAX;
		if (!golden->feed.refused && golden->feed.until > until)
			until = golden->feed.until;
	}
	return until;
}
