/* SPDX-License-Identifier: MIT */
/* What a feed's targets name: releases and their counters, files beside them, and what becomes of them. */
#include <errno.h>

#include "tests/lib/feedrepo.h"
#include "tests/lib/machine.h"

static const char *refused(size_t i)
{
	const char *why = rampart_feed_release(feed, i)->refused;

	return why ? why : "";
}

static void next_state(struct repo *r)
{
	r->version[ROLE_TIMESTAMP]++;
	r->version[ROLE_SNAPSHOT]++;
	r->version[ROLE_TARGETS]++;
}

static void test_counters(void)
{
	struct repo r = good();

	is_int(look(&r), 0, "release 1");
	next_state(&r);
	add_release(&r, "test/1.3/golden.json", feed_golden[1], 3, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "release 3 beside it");
	is_int((int64_t)rampart_feed_count(feed), 2, "both");
	is_str(refused(0), "", "the earlier one is accepted while they overlap");
	next_state(&r);
	is_int(look_again(NOW, &r), 0, "and once more");
	is_str(refused(0), "", "it still is");
	next_state(&r);
	add_release(&r, "test/1.2b/golden.json", feed_golden[0], 2, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "release 2, after 3");
	ok(strstr(refused(1), "release 2 of test comes after release 3") != NULL,
	   "is refused, though it is signed");
	next_state(&r);
	json_object_del(r.targets, "test/1.2/golden.json");
	is_int(look_again(NOW, &r), 0, "release 1 is revoked");
	next_state(&r);
	add_release(&r, "test/1.2/golden.json", feed_golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "and comes back");
	ok(strstr(refused(0), "release 1 of test comes after release 3") != NULL,
	   "but is refused from then on");
	is_str(refused(2), "", "release 3 never was");
	repo_done(&r);

	r = good();
	is_int(look(&r), 0, "release 1 has a date");
	next_state(&r);
	json_object_clear(r.targets);
	add_release(&r, "test/1.2/golden.json", feed_golden[0], 1, NOW - 2 * DAY, NOW - DAY);
	add_release(&r, "test/1.3/golden.json", feed_golden[1], 2, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "it ended");
	next_state(&r);
	add_release(&r, "test/1.2/golden.json", feed_golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "and is prolonged too late");
	ok(*refused(0), "which is a step back as well");
	repo_done(&r);
}

static void test_targets(void)
{
	struct repo r = good();

	json_object_clear(r.targets);
	says(look(&r), -EPROTO, "targets version 1 names no golden.json",
	     "a feed without a release");
	r.delegations = json_pack("{s:{}, s:[{s:s}]}", "keys", "roles", "name", "llm");
	says(look(&r), -ENOTSUP, "delegates to other roles, which is not followed",
	     "or with all of them in delegated roles");
	add_release(&r, "test/1.2/golden.json", feed_golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	is_int(look(&r), 0, "delegations beside its own do not matter");
	json_object_set_new(
		json_object_get(json_object_get(r.targets, "test/1.2/golden.json"), "custom"),
		"release", json_integer(0));
	says(look(&r), -EPROTO, "release (a number from 1)", "no counter");
	repo_done(&r);

	r = good();
	json_object_set_new(r.targets, "../golden.json",
			    json_incref(json_object_get(r.targets, "test/1.2/golden.json")));
	says(look(&r), -EPROTO, "not a path below the feed", "a path out of the feed");
	repo_done(&r);

	r = good();
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	{
		const char *path;
		json_t *value;

		json_object_foreach(feed_world, path, value) if (strstr(path, "golden.json")) break;
		put_file(path, strdup("{}"));
	}
	says(walk(), -EPROTO, "test/1.2/golden.json has 2 bytes",
	     "other golden values than targets says");
	repo_done(&r);
}

/* The member "custom" of a target. */
static json_t *custom_of(const struct repo *r, const char *path)
{
	return json_object_get(json_object_get(r->targets, path), "custom");
}

/* Begins with a good release, 1, and one that cannot be used, 2. */
static struct repo with_bad(const char *text)
{
	struct repo r = good();

	add_release(&r, "test/1.3/golden.json", text, 2, NOW - DAY, NOW + 60 * DAY);
	return r;
}

/* Looks, and the first release alone becomes golden values. */
static void sets_aside(struct repo *r, const char *why, const char *name)
{
	struct rampart_policy *policy = rampart_policy_new();
	char hex[HASH_HEX_MAX];
	struct digest digest;
	const char *aside;

	hash_bytes(HASH_SHA256, feed_golden[0], strlen(feed_golden[0]), &digest);
	digest_hex(&digest, hex);
	is_int(look(r), 0, name);
	is_int(rampart_policy_add_feed(policy, feed, &feed_error), 0, "the other release holds");
	is_int(rampart_policy_until(policy, hex), NOW + 7 * DAY, "as before");
	aside = rampart_policy_aside(policy, 0);
	if (!ok(aside && strstr(aside, why), "and the reason is kept"))
		printf("#   got \"%s\", not \"%s\"\n", aside ? aside : "", why);
	ok(!rampart_policy_aside(policy, 1), "once");
	rampart_policy_free(policy);
	json_object_del(r->targets, "test/1.2/golden.json");
	if (look(r) == 0) {
		policy = rampart_policy_new();
		is_int(rampart_policy_add_feed(policy, feed, &feed_error), -EPROTO,
		       "nothing else is there: the feed is refused");
		rampart_policy_free(policy);
	}
	ok(strstr(feed_error.text, "no release of the feed can be used: ") &&
		   strstr(feed_error.text, why),
	   "with the reason");
	repo_done(r);
}

static void test_aside(void)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct repo r = with_bad("not JSON");
	char *known;

	sets_aside(&r, "test/1.3/golden.json:1: not JSON", "golden values that are no JSON");
	r = with_bad("{\"schema\": \"rampart-golden/9\"}");
	sets_aside(&r, "test/1.3/golden.json: ", "of an edition to come");
	r = with_bad(feed_golden[1]);
	json_object_set_new(custom_of(&r, "test/1.3/golden.json"), "version", json_string("1.3"));
	sets_aside(&r, "and targets says of test 1.3", "of another version");
	r = with_bad(feed_golden[1]);
	json_object_del(custom_of(&r, "test/1.3/golden.json"), "release");
	sets_aside(&r, "release (a number from 1)", "without a counter");
	r = with_bad(feed_golden[1]);
	json_object_set_new(custom_of(&r, "test/1.3/golden.json"), "not_after",
			    json_string("tomorrow"));
	sets_aside(&r, "not_before and not_after", "without an end");
	r = with_bad(feed_golden[1]);
	json_object_set_new(
		json_object_get(json_object_get(r.targets, "test/1.3/golden.json"), "hashes"),
		"sha256", json_string("00"));
	sets_aside(&r, "test/1.3/golden.json", "without a hash");
	r = with_bad(feed_golden[1]);
	json_object_set_new(json_object_get(r.targets, "test/1.3/golden.json"), "length",
			    json_integer(GOLDEN_MAX + 1));
	sets_aside(&r, "more than 16777216 bytes", "too long");

	r = with_bad("not JSON");
	must(look(&r) == 0);
	known = rampart_feed_releases(feed);
	ok(strstr(known, "\"highest\":2") != NULL, "its number counts all the same");
	free(known);
	add_release(&r, "test/1.1/golden.json", "nor this", 1, NOW - DAY, NOW + 60 * DAY);
	json_object_del(r.targets, "test/1.2/golden.json");
	must(look(&r) == 0);
	is_int(rampart_policy_add_feed(policy, feed, &feed_error), -EPROTO,
	       "two that cannot be used");
	ok(strstr(feed_error.text, "test/1.1/golden.json") &&
		   strstr(feed_error.text, "test/1.3/golden.json"),
	   "are both named");
	rampart_policy_free(policy);
	repo_done(&r);
}

/* What lies beside golden.json is there for those who ask. */
static void test_beside(void)
{
	struct repo r = good();
	struct rampart_feed_file file;

	json_object_set_new(r.targets, "test/1.2/source.tar", describe("source", 0));
	json_object_set_new(r.targets, "test/../source.tar", describe("source", 0));
	is_int(look(&r), 0, "a feed with a file beside golden.json");
	is_int(rampart_feed_target(feed, "test/1.2/source.tar", &file, &feed_error), 0,
	       "which is named");
	is_int((int64_t)file.max, 6, "with its length");
	is_str(file.path,
	       "targets/test/1.2/41cf6794ba4200b839c53531555f0f3998df4cbb01a4d5cb0b94e3ca5e23947d.source.tar",
	       "and where it is");
	is_int(rampart_feed_target_check(feed, "test/1.2/source.tar", "source", 6, &feed_error), 0,
	       "its bytes");
	says(rampart_feed_target_check(feed, "test/1.2/source.tar", "sourcf", 6, &feed_error),
	     -EPROTO, "test/1.2/source.tar has another sha256", "no others");
	says(rampart_feed_target_check(feed, "test/1.2/source.tar", "sourc", 5, &feed_error),
	     -EPROTO, "test/1.2/source.tar has 5 bytes", "nor fewer");
	says(rampart_feed_target(feed, "test/1.2/other.tar", &file, &feed_error), -ENOENT,
	     "targets version 1 does not name test/1.2/other.tar", "what is not named");
	says(rampart_feed_target(feed, "test/../source.tar", &file, &feed_error), -ENOENT,
	     "does not name test/../source.tar", "nor what leads elsewhere");
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	is_int(rampart_feed_target(feed, "test/1.2/source.tar", &file, NULL), -ENOENT,
	       "nothing before all is there");
	repo_done(&r);
}

/* ---- without a network ---- */

static void test_hold(void)
{
	struct repo r = good();

	is_int(look(&r), 0, "a state");
	is_int(look_again(NOW + 6 * DAY, NULL), 0, "is held while nothing can be reached");
	is_int(walk(), 0, "with its files");
	is_int(look(&r), 0, "a state");
	says(look_again(NOW + 8 * DAY, NULL), -EPROTO, "timestamp version 1 ended",
	     "until it ends");
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(rampart_feed_hold(feed, &feed_error), -ENOENT, "nothing of this feed was kept",
	     "without one there is nothing to hold");
	repo_done(&r);
}

/* ---- the verdict ---- */

static void test_policy(void)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct repo r = good();
	char hex[HASH_HEX_MAX];
	struct digest digest;

	hash_bytes(HASH_SHA256, feed_golden[0], strlen(feed_golden[0]), &digest);
	digest_hex(&digest, hex);
	is_int(look(&r), 0, "a feed");
	is_int(rampart_policy_add_feed(policy, feed, &feed_error), 0, "becomes golden values");
	is_int(rampart_policy_until(policy, hex), NOW + 7 * DAY, "until its timestamp ends");
	is_int(rampart_policy_until(policy, "00"), 0, "others are not there");
	json_object_set_new(
		json_object_get(json_object_get(r.targets, "test/1.2/golden.json"), "custom"),
		"version", json_string("1.3"));
	is_int(look(&r), 0, "a feed that calls them another version");
	says(rampart_policy_add_feed(policy, feed, &feed_error), -EPROTO,
	     "is of test 1.2, and targets says of test 1.3", "is refused");
	repo_done(&r);

	r = good();
	add_release(&r, "test/1.2/golden.json", feed_golden[2], 3, NOW - DAY, NOW + 60 * DAY);
	is_int(look(&r), 0, "a feed that calls them another release");
	says(rampart_policy_add_feed(policy, feed, &feed_error), -EPROTO,
	     "is release 2 of test, and targets says release 3", "is refused as well");
	add_release(&r, "test/1.2/golden.json", feed_golden[2], 2, NOW - DAY, NOW + 60 * DAY);
	is_int(look(&r), 0, "one that calls them what they are");
	is_int(rampart_policy_add_feed(policy, feed, &feed_error), 0, "is not");
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(rampart_policy_add_feed(policy, feed, &feed_error), -EPROTO, "not all there",
	     "as is half a feed");
	rampart_policy_free(policy);
	repo_done(&r);
}

int main(void)
{
	feedrepo_start();
	test_counters();
	test_targets();
	test_aside();
	test_beside();
	test_hold();
	test_policy();
	feedrepo_end();
	return tap_done();
}
