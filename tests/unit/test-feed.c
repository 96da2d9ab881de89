/* SPDX-License-Identifier: MIT */
/*
 * The client's workflow over a feed: each case is a repository with one thing changed. Its metadata is
 * written here, by jansson; what python-tuf writes is read in tests/cli/feed and from tests/fuzz/corpus/feed.
 */
#include <errno.h>
#include <openssl/evp.h>

#include "measure/verify/feed/canonical.h"
#include "measure/verify/feed/feed.h"
#include "measure/verify/signature/signkey.h"
#include "tests/lib/machine.h"

#define KEYS	  7
#define MLDSA_KEY 6 /* the others are of ed25519 */

static EVP_PKEY *key[KEYS];
static char golden[2][65536];

/* A repository before it is signed: which keys stand for a role, which sign, and what it says. */
struct repo {
	unsigned keys[_ROLE_MAX], signs[_ROLE_MAX]; /* bits of key[] */
	int threshold[_ROLE_MAX];
	long long version[_ROLE_MAX], expires[_ROLE_MAX];
	bool plain;	     /* no consistent snapshots */
	bool no_lengths;     /* metadata names others by version alone */
	json_t *targets;     /* owned: the member of that name */
	json_t *delegations; /* owned, or NULL */
};

/* Files by path. */
static json_t *world;

static void key_hex(unsigned i, char hex[2 * SIGNKEY_LEN_MAX + 1])
{
	uint8_t raw[SIGNKEY_LEN_MAX];
	size_t len = sizeof(raw);

	must(EVP_PKEY_get_raw_public_key(key[i], raw, &len) == 1);
	for (size_t j = 0; j < len; j++)
		sprintf(hex + 2 * j, "%02x", raw[j]);
}

/* As python-tuf names them, but any other name does as well. */
static const char *keyid(unsigned i)
{
	static char id[KEYS][32];

	snprintf(id[i], sizeof(id[i]), "key %u", i);
	return id[i];
}

static json_t *iso(long long time)
{
	char text[METADATA_TIME_MAX];

	metadata_print_time(time, text);
	return json_string(text);
}

/* Canonical for what is written here: keys sorted, nothing to escape. */
static char *sign(json_t *body, unsigned signers)
{
	json_t *list = json_array(), *whole;
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS), *ret;

	for (unsigned i = 0; i < KEYS; i++) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		uint8_t sig[SIGNKEY_SIG_LEN_MAX];
		size_t len = sizeof(sig);
		char hex[2 * SIGNKEY_SIG_LEN_MAX + 1];

		must(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key[i]) == 1 &&
		     EVP_DigestSign(ctx, sig, &len, (const uint8_t *)text, strlen(text)) == 1);
		for (size_t j = 0; j < len; j++)
			sprintf(hex + 2 * j, "%02x", sig[j]);
		if (signers & 1u << i)
			json_array_append_new(
				list, json_pack("{s:s, s:s}", "keyid", keyid(i), "sig", hex));
		EVP_MD_CTX_free(ctx);
	}
	free(text);
	whole = json_pack("{s:o, s:o}", "signed", body, "signatures", list);
	ret = json_dumps(whole, JSON_INDENT(1));
	json_decref(whole);
	return ret;
}

static json_t *body_of(const struct repo *r, enum role role)
{
	return json_pack("{s:s, s:s, s:I, s:o}", "_type", role_name(role), "spec_version", "1.0.31",
			 "version", (json_int_t)r->version[role], "expires", iso(r->expires[role]));
}

static void put_file(const char *path, char *text)
{
	must(json_object_set_new(world, path, json_string(text)) == 0);
	free(text);
}

static void put_metadata(const struct repo *r, enum role role, json_t *body)
{
	char path[64];

	if (role == ROLE_TIMESTAMP || (r->plain && role != ROLE_ROOT))
		snprintf(path, sizeof(path), "metadata/%s.json", role_name(role));
	else
		snprintf(path, sizeof(path), "metadata/%lld.%s.json", r->version[role],
			 role_name(role));
	put_file(path, sign(body, r->signs[role]));
}

static json_t *describe(const char *text, long long version)
{
	char hex[HASH_HEX_MAX];
	struct digest digest;

	hash_bytes(HASH_SHA256, text, strlen(text), &digest);
	digest_hex(&digest, hex);
	if (!version)
		return json_pack("{s:I, s:{s:s}}", "length", (json_int_t)strlen(text), "hashes",
				 "sha256", hex);
	return json_pack("{s:I, s:I, s:{s:s}}", "version", (json_int_t)version, "length",
			 (json_int_t)strlen(text), "hashes", "sha256", hex);
}

static void publish_root(const struct repo *r)
{
	json_t *body = body_of(r, ROLE_ROOT), *keys = json_object(), *roles = json_object();

	for (unsigned i = 0; i < KEYS; i++) {
		const char *type = i == MLDSA_KEY ? "rampart-ml-dsa-65" : "ed25519";
		char hex[2 * SIGNKEY_LEN_MAX + 1];

		key_hex(i, hex);
		json_object_set_new(keys, keyid(i),
				    json_pack("{s:s, s:s, s:{s:s}}", "keytype", type, "scheme",
					      type, "keyval", "public", hex));
	}
	for (enum role role = 0; role < _ROLE_MAX; role++) {
		json_t *ids = json_array();

		for (unsigned i = 0; i < KEYS; i++)
			if (r->keys[role] & 1u << i)
				json_array_append_new(ids, json_string(keyid(i)));
		json_object_set_new(
			roles, role_name(role),
			json_pack("{s:o, s:i}", "keyids", ids, "threshold", r->threshold[role]));
	}
	json_object_set_new(body, "keys", keys);
	json_object_set_new(body, "roles", roles);
	json_object_set_new(body, "consistent_snapshot", json_boolean(!r->plain));
	put_metadata(r, ROLE_ROOT, body);
}

/* What the role's file is called, and what others say of it. */
static json_t *meta_now(const struct repo *r, enum role role)
{
	char path[64];

	if (r->plain)
		snprintf(path, sizeof(path), "metadata/%s.json", role_name(role));
	else
		snprintf(path, sizeof(path), "metadata/%lld.%s.json", r->version[role],
			 role_name(role));
	if (r->no_lengths)
		return json_pack("{s:I}", "version", (json_int_t)r->version[role]);
	return describe(json_string_value(json_object_get(world, path)), r->version[role]);
}

static void publish_timestamp(const struct repo *r)
{
	json_t *body = body_of(r, ROLE_TIMESTAMP);

	json_object_set_new(body, "meta",
			    json_pack("{s:o}", "snapshot.json", meta_now(r, ROLE_SNAPSHOT)));
	put_metadata(r, ROLE_TIMESTAMP, body);
}

static void publish(const struct repo *r)
{
	json_t *body = body_of(r, ROLE_TARGETS);

	publish_root(r);
	json_object_set(body, "targets", r->targets);
	if (r->delegations)
		json_object_set(body, "delegations", r->delegations);
	put_metadata(r, ROLE_TARGETS, body);
	body = body_of(r, ROLE_SNAPSHOT);
	json_object_set_new(body, "meta",
			    json_pack("{s:o}", "targets.json", meta_now(r, ROLE_TARGETS)));
	put_metadata(r, ROLE_SNAPSHOT, body);
	publish_timestamp(r);
}

static void add_release(struct repo *r, const char *path, const char *text, int release,
			long long from, long long until)
{
	json_t *target = describe(text, 0);
	char hex[HASH_HEX_MAX], file[256];
	const char *slash = strrchr(path, '/');
	struct digest digest;

	json_object_set_new(target, "custom",
			    json_pack("{s:s, s:s, s:i, s:o, s:o}", "image", "test", "version",
				      "1.2", "release", release, "not_before", iso(from),
				      "not_after", iso(until)));
	json_object_set_new(r->targets, path, target);
	hash_bytes(HASH_SHA256, text, strlen(text), &digest);
	digest_hex(&digest, hex);
	snprintf(file, sizeof(file), "targets/%.*s%s%s%s", (int)(slash + 1 - path), path,
		 r->plain ? "" : hex, r->plain ? "" : ".", slash + 1);
	put_file(file, strdup(text));
}

/* Valid; root: 0 and 1 of 0, 1, 2; targets: 3; snapshot and timestamp: 4. */
static struct repo good(void)
{
	struct repo r = { .keys = { 7, 16, 16, 8 },
			  .signs = { 3, 16, 16, 8 },
			  .threshold = { 2, 1, 1, 1 },
			  .version = { 1, 1, 1, 1 },
			  .expires = { NOW + 400 * DAY, NOW + 7 * DAY, NOW + 30 * DAY,
				       NOW + 90 * DAY },
			  .targets = json_object() };

	json_decref(world);
	world = json_object();
	add_release(&r, "test/1.2/golden.json", golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	return r;
}

static void repo_done(struct repo *r)
{
	json_decref(r->targets);
	json_decref(r->delegations);
}

static struct rampart_feed *feed;
static struct rampart_error error;

static const char *file_at(const char *path)
{
	return json_string_value(json_object_get(world, path));
}

static int walk(void)
{
	struct rampart_feed_file file;
	int r = 0;

	error.text[0] = '\0';
	while (r == 0 && rampart_feed_next(feed, &file)) {
		const char *text = file_at(file.path);
		size_t len = text ? strlen(text) : 0;
		uint8_t *copy;

		if (len > file.max) {
			snprintf(error.text, sizeof(error.text), "too long: %s", file.path);
			return -EFBIG;
		}
		copy = exact_copy(text, len);
		r = rampart_feed_take(feed, text ? copy : NULL, len, &error);
		free(copy);
	}
	return r;
}

static int begin(const char *root, long long now)
{
	rampart_feed_free(feed);
	feed = NULL;
	error.text[0] = '\0';
	return rampart_feed_new(root, strlen(root), now, &feed, &error);
}

/* The first look of a client that pins root 1. */
static int look(const struct repo *r)
{
	int e;

	publish(r);
	e = begin(file_at("metadata/1.root.json"), NOW);
	return e < 0 ? e : walk();
}

/* The next look of one that has what the last one had. */
static int look_again(long long now, struct repo *r)
{
	static const char *const roles[] = { "timestamp", "snapshot", "targets" };
	char *kept[3] = { NULL }, *releases = rampart_feed_releases(feed);
	char *root = strdup(file_at("metadata/1.root.json"));
	size_t len;
	int e;

	for (size_t i = 0; i < 3; i++)
		if (rampart_feed_metadata(feed, roles[i], &len))
			kept[i] = strdup(rampart_feed_metadata(feed, roles[i], &len));
	must(begin(root, now) == 0);
	for (size_t i = 0; i < 3; i++)
		if (kept[i])
			must(rampart_feed_remember(feed, roles[i], kept[i], strlen(kept[i]),
						   NULL) == 0);
	must(rampart_feed_remember_releases(feed, releases, strlen(releases), NULL) == 0);
	if (r)
		publish(r);
	e = r ? walk() : rampart_feed_hold(feed, &error);
	for (size_t i = 0; i < 3; i++)
		free(kept[i]);
	free(releases);
	free(root);
	return e;
}

static void says(int got, int want, const char *why, const char *name)
{
	is_int(got, want, name);
	if (!ok(strstr(error.text, why) != NULL, "and says so"))
		printf("#   got \"%s\", not \"%s\"\n", error.text, why);
}

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
	is_str(rampart_feed_release(feed, 0)->text, golden[0], "its golden values");
	is_int(rampart_feed_until(feed, &role), NOW + 7 * DAY,
	       "valid until the first of its files ends");
	is_str(role, "timestamp", "which is named");
	repo_done(&r);

	r = good();
	r.plain = true;
	add_release(&r, "test/1.2/golden.json", golden[0], 1, NOW - DAY, NOW + 60 * DAY);
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
	r.keys[ROLE_TARGETS] = 8 | 1u << MLDSA_KEY;
	r.signs[ROLE_TARGETS] = 8 | 1u << MLDSA_KEY;
	is_int(look(&r), 0, "targets by a classic key and one of ML-DSA-65");
	r.signs[ROLE_TARGETS] = 8;
	says(look(&r), -EPROTO, "targets version 1: 1 of the 2", "by the classic one alone");
	r.signs[ROLE_TARGETS] = 1u << MLDSA_KEY;
	says(look(&r), -EPROTO, "targets version 1: 1 of the 2", "by the other one alone");
	repo_done(&r);

	r = good();
	r.keys[ROLE_TIMESTAMP] = r.signs[ROLE_TIMESTAMP] = 1u << MLDSA_KEY;
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
	text = sign(json_incref(signed_), 3);
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
	text = sign(json_incref(signed_), 3);
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	must(rampart_feed_take(feed, text, strlen(text), NULL) == 0);
	ok(rampart_feed_forgets(feed), "another key by the same name: what was kept is forgotten");
	free(text);
	json_decref(root);
	repo_done(&r);
}

/* ---- releases ---- */

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
	add_release(&r, "test/1.3/golden.json", golden[1], 3, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "release 3 beside it");
	is_int((int64_t)rampart_feed_count(feed), 2, "both");
	is_str(refused(0), "", "the earlier one is accepted while they overlap");
	next_state(&r);
	is_int(look_again(NOW, &r), 0, "and once more");
	is_str(refused(0), "", "it still is");
	next_state(&r);
	add_release(&r, "test/1.2b/golden.json", golden[0], 2, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "release 2, after 3");
	ok(strstr(refused(1), "release 2 of test comes after release 3") != NULL,
	   "is refused, though it is signed");
	next_state(&r);
	json_object_del(r.targets, "test/1.2/golden.json");
	is_int(look_again(NOW, &r), 0, "release 1 is revoked");
	next_state(&r);
	add_release(&r, "test/1.2/golden.json", golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "and comes back");
	ok(strstr(refused(0), "release 1 of test comes after release 3") != NULL,
	   "but is refused from then on");
	is_str(refused(2), "", "release 3 never was");
	repo_done(&r);

	r = good();
	is_int(look(&r), 0, "release 1 has a date");
	next_state(&r);
	json_object_clear(r.targets);
	add_release(&r, "test/1.2/golden.json", golden[0], 1, NOW - 2 * DAY, NOW - DAY);
	add_release(&r, "test/1.3/golden.json", golden[1], 2, NOW - DAY, NOW + 60 * DAY);
	is_int(look_again(NOW, &r), 0, "it ended");
	next_state(&r);
	add_release(&r, "test/1.2/golden.json", golden[0], 1, NOW - DAY, NOW + 60 * DAY);
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
	add_release(&r, "test/1.2/golden.json", golden[0], 1, NOW - DAY, NOW + 60 * DAY);
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

		json_object_foreach(world, path, value) if (strstr(path, "golden.json")) break;
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

	hash_bytes(HASH_SHA256, golden[0], strlen(golden[0]), &digest);
	digest_hex(&digest, hex);
	is_int(look(r), 0, name);
	is_int(rampart_policy_add_feed(policy, feed, &error), 0, "the other release holds");
	is_int(rampart_policy_until(policy, hex), NOW + 7 * DAY, "as before");
	aside = rampart_policy_aside(policy, 0);
	if (!ok(aside && strstr(aside, why), "and the reason is kept"))
		printf("#   got \"%s\", not \"%s\"\n", aside ? aside : "", why);
	ok(!rampart_policy_aside(policy, 1), "once");
	rampart_policy_free(policy);
	json_object_del(r->targets, "test/1.2/golden.json");
	if (look(r) == 0) {
		policy = rampart_policy_new();
		is_int(rampart_policy_add_feed(policy, feed, &error), -EPROTO,
		       "nothing else is there: the feed is refused");
		rampart_policy_free(policy);
	}
	ok(strstr(error.text, "no release of the feed can be used: ") && strstr(error.text, why),
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
	r = with_bad(golden[1]);
	json_object_set_new(custom_of(&r, "test/1.3/golden.json"), "version", json_string("1.3"));
	sets_aside(&r, "and targets says of test 1.3", "of another version");
	r = with_bad(golden[1]);
	json_object_del(custom_of(&r, "test/1.3/golden.json"), "release");
	sets_aside(&r, "release (a number from 1)", "without a counter");
	r = with_bad(golden[1]);
	json_object_set_new(custom_of(&r, "test/1.3/golden.json"), "not_after",
			    json_string("tomorrow"));
	sets_aside(&r, "not_before and not_after", "without an end");
	r = with_bad(golden[1]);
	json_object_set_new(
		json_object_get(json_object_get(r.targets, "test/1.3/golden.json"), "hashes"),
		"sha256", json_string("00"));
	sets_aside(&r, "test/1.3/golden.json", "without a hash");
	r = with_bad(golden[1]);
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
	is_int(rampart_policy_add_feed(policy, feed, &error), -EPROTO, "two that cannot be used");
	ok(strstr(error.text, "test/1.1/golden.json") && strstr(error.text, "test/1.3/golden.json"),
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
	is_int(rampart_feed_target(feed, "test/1.2/source.tar", &file, &error), 0,
	       "which is named");
	is_int((int64_t)file.max, 6, "with its length");
	is_str(file.path,
	       "targets/test/1.2/41cf6794ba4200b839c53531555f0f3998df4cbb01a4d5cb0b94e3ca5e23947d.source.tar",
	       "and where it is");
	is_int(rampart_feed_target_check(feed, "test/1.2/source.tar", "source", 6, &error), 0,
	       "its bytes");
	says(rampart_feed_target_check(feed, "test/1.2/source.tar", "sourcf", 6, &error), -EPROTO,
	     "test/1.2/source.tar has another sha256", "no others");
	says(rampart_feed_target_check(feed, "test/1.2/source.tar", "sourc", 5, &error), -EPROTO,
	     "test/1.2/source.tar has 5 bytes", "nor fewer");
	says(rampart_feed_target(feed, "test/1.2/other.tar", &file, &error), -ENOENT,
	     "targets version 1 does not name test/1.2/other.tar", "what is not named");
	says(rampart_feed_target(feed, "test/../source.tar", &file, &error), -ENOENT,
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
	says(rampart_feed_hold(feed, &error), -ENOENT, "nothing of this feed was kept",
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

	hash_bytes(HASH_SHA256, golden[0], strlen(golden[0]), &digest);
	digest_hex(&digest, hex);
	is_int(look(&r), 0, "a feed");
	is_int(rampart_policy_add_feed(policy, feed, &error), 0, "becomes golden values");
	is_int(rampart_policy_until(policy, hex), NOW + 7 * DAY, "until its timestamp ends");
	is_int(rampart_policy_until(policy, "00"), 0, "others are not there");
	json_object_set_new(
		json_object_get(json_object_get(r.targets, "test/1.2/golden.json"), "custom"),
		"version", json_string("1.3"));
	is_int(look(&r), 0, "a feed that calls them another version");
	says(rampart_policy_add_feed(policy, feed, &error), -EPROTO,
	     "is of test 1.2, and targets says of test 1.3", "is refused");
	must(begin(file_at("metadata/1.root.json"), NOW) == 0);
	says(rampart_policy_add_feed(policy, feed, &error), -EPROTO, "not all there",
	     "as is half a feed");
	rampart_policy_free(policy);
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
	static struct machine m;
	json_t *json;

	for (unsigned i = 0; i < KEYS; i++) {
		uint8_t seed[32] = { (uint8_t)(i + 1) };

		key[i] = i == MLDSA_KEY ? EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65")
					: EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
								       sizeof(seed));
		must(key[i] != NULL);
	}
	make_pki();
	for (size_t i = 0; i < 2; i++) {
		char *text;

		machine_start(&m);
		if (i)
			m.firmware[15].data = "another uki";
		machine_boot(&m);
		machine_quote(&m);
		machine_seal(&m);
		json = golden_of(&m);
		text = json_dumps(json, JSON_COMPACT);
		must(strlen(text) < sizeof(golden[i]));
		strcpy(golden[i], text);
		free(text);
		json_decref(json);
	}
	machine_done(&m);
	free_pki();

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
	test_counters();
	test_targets();
	test_aside();
	test_beside();
	test_hold();
	test_policy();
	test_prefixes();
	rampart_feed_free(feed);
	json_decref(world);
	for (unsigned i = 0; i < KEYS; i++)
		EVP_PKEY_free(key[i]);
	return tap_done();
}
