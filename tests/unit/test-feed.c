/* SPDX-License-Identifier: MIT */
/*
 * The client's workflow over a feed: signatures, versions, expiry, roots. The metadata is written by
 * jansson; what python-tuf writes is read in tests/cli/feed and from tests/fuzz/corpus/feed.
 */
#include <errno.h>

#include "measure/verify/feed/canonical.h"
#include "tests/lib/feedrepo.h"
#include "tests/lib/machine.h"

/* ---- canonical JSON ---- */

static void test_canonical(void)
{
	static const struct {
		const char *json, *want;
	} cases[] = {
		{ "{ \"b\": [1, -2, true, null], \"a\" : \"x\" }",
		  "{\"a\":\"x\",\"b\":[1,-2,true,null]}" },
		{ "{\"z\\\"\\\\\": \"a\\nb\\u00e9\\/\"}", "{\"z\\\"\\\\\":\"a\nb\xc3\xa9/\"}" },
		{ "{\"\xf0\x9f\x98\x80\": 1, \"\xef\xbf\xbd\": 2, \"Z\": 3, \"a\": 4}",
		  "{\"Z\":3,\"a\":4,\"\xef\xbf\xbd\":2,\"\xf0\x9f\x98\x80\":1}" },
		{ "{}", "{}" },
		{ "[]", "[]" },
		{ "[9223372036854775807, -9223372036854775808, -0]",
		  "[9223372036854775807,-9223372036854775808,0]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = json_loads(cases[i].json, 0, NULL);
		char *text = NULL;
		size_t len = 0;

		must(json != NULL);
		is_int(canonical_json(json, &text, &len, NULL), 0, cases[i].json);
		ok(len == strlen(cases[i].want) && !memcmp(text, cases[i].want, len), "its bytes");
		free(text);
		json_decref(json);
	}
	{
		json_t *json = json_loads("[1.5]", 0, NULL);
		char *text;
		size_t len;

		is_int(canonical_json(json, &text, &len, NULL), -EPROTO, "no fractions");
		json_decref(json);
	}
}

/* ---- what is accepted ---- */

static void test_good(void)
{
	struct repo r = good();
	const char *role = NULL;

	is_int(look(&r), 0, "a whole feed");
	is_int((int64_t)rampart_feed_count(feed), 1, "its release");
	is_str(rampart_feed_release(feed, 0)->text, feed_golden[0], "its golden values");
	is_int(rampart_feed_until(feed, &role), NOW + 7 * DAY,
	       "valid until the first of its files ends");
	is_str(role, "timestamp", "which is named");
	repo_done(&r);

	r = good();
	r.plain = true;
	add_release(&r, "test/1.2/golden.json", feed_golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	is_int(look(&r), 0, "without consistent snapshots");
	r.no_lengths = true;
	is_int(look(&r), 0, "without lengths and hashes of metadata");
	repo_done(&r);

	r = good();
	json_object_set_new(r.targets, "test/1.2/golden.json.alice.sig", describe("sig", 0));
	json_object_set_new(r.targets, "test/1.2/golden.json.alice.sig/x.sig", describe("sig", 0));
	json_object_set_new(r.targets, "test/1.2/platform.json", describe("platform", 0));
	says(look(&r), -ENOENT, "golden.json.alice.sig is not there",
	     "signatures are wanted, and nothing else");
	repo_done(&r);

	r = good();
	json_object_set_new(r.targets, "test/1.2/golden.json.tlog-proof", describe("proof", 0));
	says(look(&r), -ENOENT, "golden.json.tlog-proof is not there", "so is the proof of a log");
	repo_done(&r);
}

static void test_thresholds(void)
{
	struct repo r = good();

	r.signs[ROLE_ROOT] = 1;
	says(look(&r), -EPROTO, "root version 1: 1 of the 2 signatures",
	     "a pinned root without its threshold");
	r.signs[ROLE_ROOT] = 3;
	r.signs[ROLE_TIMESTAMP] = 8;
	says(look(&r), -EPROTO, "timestamp version 1: 0 of the 1",
	     "a timestamp by the key of targets");
	r.signs[ROLE_TIMESTAMP] = 16;
	r.signs[ROLE_SNAPSHOT] = 32;
	says(look(&r), -EPROTO, "snapshot version 1: 0 of the 1", "a snapshot by a key of no role");
	r.signs[ROLE_SNAPSHOT] = 16;
	r.threshold[ROLE_TARGETS] = 2;
	r.keys[ROLE_TARGETS] = 8 | 32;
	says(look(&r), -EPROTO, "targets version 1: 1 of the 2", "targets by one of two");
	r.signs[ROLE_TARGETS] = 8 | 32;
	is_int(look(&r), 0, "and by both");
	repo_done(&r);
}

/* A role with a classic key and one of ML-DSA-65, of which both have to sign. */
static void test_post_quantum(void)
{
	struct repo r = good();
	json_t *json, *sig;
	char *text;

	r.threshold[ROLE_TARGETS] = 2;
	r.keys[ROLE_TARGETS] = 8 | 1u << FEED_MLDSA_KEY;
	r.signs[ROLE_TARGETS] = 8 | 1u << FEED_MLDSA_KEY;
	is_int(look(&r), 0, "targets by a classic key and one of ML-DSA-65");
	r.signs[ROLE_TARGETS] = 8;
	says(look(&r), -EPROTO, "targets version 1: 1 of the 2", "by the classic one alone");
	r.signs[ROLE_TARGETS] = 1u << FEED_MLDSA_KEY;
	says(look(&r), -EPROTO, "targets version 1: 1 of the 2", "by the other one alone");
	repo_done(&r);

	r = good();
	r.keys[ROLE_TIMESTAMP] = r.signs[ROLE_TIMESTAMP] = 1u << FEED_MLDSA_KEY;
	publish(&r);
	json = json_loads(file_at("metadata/timestamp.json"), 0, NULL);
	sig = json_array_get(json_object_get(json, "signatures"), 0);
	text = strdup(json_string_value(json_object_get(sig, "sig")));
	must(text != NULL);
	is_int((int64_t)strlen(text), 2 * SIGNKEY_MLDSA65_SIG_LEN, "a signature of ML-DSA-65");
	text[strlen(text) - 2] = '\0';
	json_object_set_new(sig, "sig", json_string(text));
	put_file("metadata/timestamp.json", json_dumps(json, 0));
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(walk(), -EPROTO, "timestamp version 1: 0 of the 1", "without its last byte");
	json_decref(json);
	free(text);
	repo_done(&r);
}

/* The same key under two keyids, and a signature that is there twice. */
static void test_counted_once(void)
{
	struct repo r = good();
	json_t *root, *signed_, *body;
	char *text;

	r.threshold[ROLE_TARGETS] = 2;
	r.keys[ROLE_TARGETS] = 8 | 32;
	r.signs[ROLE_TARGETS] = 8 | 32;
	publish(&r);
	root = json_loads(file_at("metadata/1.root.json"), 0, NULL);
	signed_ = json_object_get(root, "signed");
	body = json_object_get(json_object_get(signed_, "keys"), keyid(3));
	json_object_set(json_object_get(signed_, "keys"), keyid(5), body);
	text = feed_sign(json_incref(signed_), 3);
	must(begin(text, NOW) == 0);
	says(walk(), -EPROTO, "targets version 1: 1 of the 2", "a key with two keyids counts once");
	free(text);
	json_decref(root);
	repo_done(&r);
}

static void test_expiry(void)
{
	struct repo r = good();

	for (enum role role = 0; role < _ROLE_MAX; role++) {
		char why[64];
		long long was = r.expires[role];

		r.expires[role] = NOW;
		snprintf(why, sizeof(why), "%s version 1 ended at 2027-01-15T08:00:00Z",
			 role_name(role));
		says(look(&r), -EPROTO, why, "ended this very second");
		r.expires[role] = NOW + 1;
		is_int(look(&r), 0, "and a second before");
		r.expires[role] = was;
	}
	repo_done(&r);
}

static void test_rollback(void)
{
	struct repo r = good();

	r.version[ROLE_TIMESTAMP] = 5;
	r.version[ROLE_SNAPSHOT] = 5;
	r.version[ROLE_TARGETS] = 5;
	is_int(look(&r), 0, "a state");
	is_int(look_again(NOW, &r), 0, "the same once more");
	r.version[ROLE_TIMESTAMP] = 4;
	says(look_again(NOW, &r), -EPROTO,
	     "timestamp version 4 is shown, and version 5 was accepted", "an older timestamp");

	r.version[ROLE_TIMESTAMP] = 5;
	is_int(look(&r), 0, "a state");
	r.version[ROLE_TIMESTAMP] = 6;
	r.version[ROLE_SNAPSHOT] = 4;
	says(look_again(NOW, &r), -EPROTO, "says snapshot.json is of version 4, and it was 5",
	     "an older snapshot in a new timestamp: by its thief");

	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = 5;
	is_int(look(&r), 0, "a state");
	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = 6;
	r.version[ROLE_TARGETS] = 4;
	says(look_again(NOW, &r), -EPROTO, "says targets.json is of version 4, and it was 5",
	     "older targets in a new snapshot");

	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = r.version[ROLE_TARGETS] = 5;
	is_int(look(&r), 0, "a state");
	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = r.version[ROLE_TARGETS] = 6;
	is_int(look_again(NOW, &r), 0, "a newer one is taken");
	repo_done(&r);
}

static void test_mix(void)
{
	struct repo r = good();
	char *text;

	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	text = strdup(file_at("metadata/1.targets.json"));
	r.version[ROLE_SNAPSHOT] = r.version[ROLE_TARGETS] = r.version[ROLE_TIMESTAMP] = 2;
	publish(&r);
	put_file("metadata/2.targets.json", text);
	says(walk(), -EPROTO, "targets.json", "targets of another state");

	r.no_lengths = true;
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	put_file("metadata/2.targets.json", strdup(file_at("metadata/1.targets.json")));
	says(walk(), -EPROTO, "targets version 1 is shown, and snapshot version 2 names version 2",
	     "the same without hashes");
	repo_done(&r);

	r = good();
	r.no_lengths = true;
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	put_file("metadata/1.snapshot.json", strdup(file_at("metadata/timestamp.json")));
	says(walk(), -EPROTO, "snapshot: \"_type\" is another one", "a file of another role");
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	put_file("metadata/1.snapshot.json", calloc(1, 1));
	says(walk(), -EBADMSG, "snapshot: line 1: not JSON", "an empty file");
	repo_done(&r);

	r = good();
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	text = calloc(1, 70000);
	must(text != NULL);
	memset(text, ' ', 69999);
	put_file("metadata/timestamp.json", text);
	says(walk(), -EFBIG, "too long", "endless data: each file has a limit");
	repo_done(&r);
}

/* ---- roots ---- */

static void test_roots(void)
{
	struct repo r = good();

	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	r.version[ROLE_ROOT] = 2;
	r.keys[ROLE_ROOT] = 6;
	r.signs[ROLE_ROOT] = 7;
	publish_root(&r);
	r.version[ROLE_ROOT] = 3;
	r.keys[ROLE_ROOT] = 32 | 4;
	r.signs[ROLE_ROOT] = 32 | 6;
	r.keys[ROLE_TARGETS] = r.signs[ROLE_TARGETS] = 1;
	publish(&r);
	is_int(walk(), 0, "two roots after the pinned one, each signed by the keys of both");

	r.signs[ROLE_ROOT] = 32 | 4;
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(walk(), -EPROTO, "root version 3: 1 of the 2 signatures that root version 2 asks for",
	     "not by the keys of the one before: an arbitrary rotation");
	r.signs[ROLE_ROOT] = 2 | 4;
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(walk(), -EPROTO, "root version 3: 1 of the 2 signatures that root version 3 asks for",
	     "not by its own");
	put_file("metadata/3.root.json", strdup(file_at("metadata/2.root.json")));
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(walk(), -EPROTO, "root version 2 is at the place of version 3",
	     "the one before once more");
	repo_done(&r);
}

/* Whoever stole the online key set its versions to the highest; a new key starts anew. */
static void test_fast_forward(void)
{
	struct repo r = good();

	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = 9223372036854775807LL;
	is_int(look(&r), 0, "the highest version that there is");
	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = 2;
	says(look_again(NOW, &r), -EPROTO, "timestamp version 2 is shown", "nothing follows it");
	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = 9223372036854775807LL;
	is_int(look(&r), 0, "the same client");
	r.version[ROLE_ROOT] = 2;
	r.version[ROLE_TIMESTAMP] = r.version[ROLE_SNAPSHOT] = 2;
	r.keys[ROLE_TIMESTAMP] = r.keys[ROLE_SNAPSHOT] = 32;
	r.signs[ROLE_TIMESTAMP] = r.signs[ROLE_SNAPSHOT] = 32;
	is_int(look_again(NOW, &r), 0, "until a root names another key");
	repo_done(&r);

	r = good();
	r.keys[ROLE_TIMESTAMP] = r.keys[ROLE_SNAPSHOT] = 16 | 32;
	is_int(look(&r), 0, "two online keys, of which one signs");
	r.version[ROLE_ROOT] = 2;
	r.keys[ROLE_TIMESTAMP] = r.keys[ROLE_SNAPSHOT] = 16;
	publish(&r);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	must(rampart_feed_take(feed, file_at("metadata/2.root.json"),
			       strlen(file_at("metadata/2.root.json")), NULL) == 0);
	ok(rampart_feed_forgets(feed),
	   "the other is dropped: what was kept is forgotten all the same");
	repo_done(&r);
}

/* keyids are names: the same one stands for another key in the next root. */
static void test_renamed(void)
{
	struct repo r = good();
	json_t *root, *signed_, *keys;
	char *text;

	is_int(look(&r), 0, "an online key");
	root = json_loads(file_at("metadata/1.root.json"), 0, NULL);
	signed_ = json_object_get(root, "signed");
	keys = json_object_get(signed_, "keys");
	json_object_set_new(signed_, "version", json_integer(2));
	json_object_set(keys, keyid(4), json_object_get(keys, keyid(5)));
	text = feed_sign(json_incref(signed_), 3);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	must(rampart_feed_take(feed, text, strlen(text), NULL) == 0);
	ok(rampart_feed_forgets(feed), "another key by the same name: what was kept is forgotten");
	free(text);
	json_decref(root);
	repo_done(&r);
}

/* No prefix of a file is taken for it. */
static void test_prefixes(void)
{
	struct repo r = good();
	int taken = 0;

	publish(&r);
	for (size_t n = 0; n < strlen(file_at("metadata/1.root.json")); n++) {
		char *copy = (char *)exact_copy(file_at("metadata/1.root.json"), n);
		struct rampart_feed *none = NULL;

		taken += rampart_feed_new(copy, n, NOW, &none, NULL) == 0 || none;
		free(copy);
	}
	is_int(taken, 0, "no prefix of a root is one");
	repo_done(&r);
}

int main(void)
{
	feedrepo_start();
	test_canonical();
	test_good();
	test_thresholds();
	test_post_quantum();
	test_counted_once();
	test_expiry();
	test_rollback();
	test_mix();
	test_roots();
	test_fast_forward();
	test_renamed();
	test_prefixes();
	feedrepo_end();
	return tap_done();
}
