/* SPDX-License-Identifier: MIT */
#include "tests/lib/feedrepo.h"

#include <errno.h>
#include <openssl/evp.h>

#include "tests/lib/machine.h"

static EVP_PKEY *key[FEED_KEYS];
char feed_golden[3][65536];

json_t *feed_world;

static void key_hex(unsigned i, char hex[2 * SIGNKEY_LEN_MAX + 1])
{
	uint8_t raw[SIGNKEY_LEN_MAX];
	size_t len = sizeof(raw);

	must(EVP_PKEY_get_raw_public_key(key[i], raw, &len) == 1);
	for (size_t j = 0; j < len; j++)
		sprintf(hex + 2 * j, "%02x", raw[j]);
}

/* As python-tuf names them, but any other name does as well. */
const char *keyid(unsigned i)
{
	static char id[FEED_KEYS][32];

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
char *feed_sign(json_t *body, unsigned signers)
{
	json_t *list = json_array(), *whole;
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS), *ret;

	for (unsigned i = 0; i < FEED_KEYS; i++) {
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

void put_file(const char *path, char *text)
{
	must(json_object_set_new(feed_world, path, json_string(text)) == 0);
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
	put_file(path, feed_sign(body, r->signs[role]));
}

json_t *describe(const char *text, long long version)
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

void publish_root(const struct repo *r)
{
	json_t *body = body_of(r, ROLE_ROOT), *keys = json_object(), *roles = json_object();

	for (unsigned i = 0; i < FEED_KEYS; i++) {
		const char *type = i == FEED_MLDSA_KEY ? "rampart-ml-dsa-65" : "ed25519";
		char hex[2 * SIGNKEY_LEN_MAX + 1];

		key_hex(i, hex);
		json_object_set_new(keys, keyid(i),
				    json_pack("{s:s, s:s, s:{s:s}}", "keytype", type, "scheme",
					      type, "keyval", "public", hex));
	}
	for (enum role role = 0; role < _ROLE_MAX; role++) {
		json_t *ids = json_array();

		for (unsigned i = 0; i < FEED_KEYS; i++)
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
	return describe(json_string_value(json_object_get(feed_world, path)), r->version[role]);
}

static void publish_timestamp(const struct repo *r)
{
	json_t *body = body_of(r, ROLE_TIMESTAMP);

	json_object_set_new(body, "meta",
			    json_pack("{s:o}", "snapshot.json", meta_now(r, ROLE_SNAPSHOT)));
	put_metadata(r, ROLE_TIMESTAMP, body);
}

void publish(const struct repo *r)
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

void add_release(struct repo *r, const char *path, const char *text, int release, long long from,
		 long long until)
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
struct repo good(void)
{
	struct repo r = { .keys = { 7, 16, 16, 8 },
			  .signs = { 3, 16, 16, 8 },
			  .threshold = { 2, 1, 1, 1 },
			  .version = { 1, 1, 1, 1 },
			  .expires = { NOW + 400 * DAY, NOW + 7 * DAY, NOW + 30 * DAY,
				       NOW + 90 * DAY },
			  .targets = json_object() };

	json_decref(feed_world);
	feed_world = json_object();
	add_release(&r, "test/1.2/golden.json", feed_golden[0], 1, NOW - DAY, NOW + 60 * DAY);
	return r;
}

void repo_done(struct repo *r)
{
	json_decref(r->targets);
	json_decref(r->delegations);
}

struct rampart_feed *feed;
struct rampart_error feed_error;

const char *file_at(const char *path)
{
	return json_string_value(json_object_get(feed_world, path));
}

int walk(void)
{
	struct rampart_feed_file file;
	int r = 0;

	feed_error.text[0] = '\0';
	while (r == 0 && rampart_feed_next(feed, &file)) {
		const char *text = file_at(file.path);
		size_t len = text ? strlen(text) : 0;
		uint8_t *copy;

		if (len > file.max) {
			snprintf(feed_error.text, sizeof(feed_error.text), "too long: %s",
				 file.path);
			return -EFBIG;
		}
		copy = exact_copy(text, len);
		r = rampart_feed_take(feed, text ? copy : NULL, len, &feed_error);
		free(copy);
	}
	return r;
}

int begin(const char *root, long long now)
{
	rampart_feed_free(feed);
	feed = NULL;
	feed_error.text[0] = '\0';
	return rampart_feed_new(root, strlen(root), now, &feed, &feed_error);
}

/* The first look of a client that pins root 1. */
int look(const struct repo *r)
{
	int e;

	publish(r);
	e = begin(file_at("metadata/1.root.json"), NOW);
	return e < 0 ? e : walk();
}

/* The next look of one that has what the last one had. */
int look_again(long long now, struct repo *r)
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
	e = r ? walk() : rampart_feed_hold(feed, &feed_error);
	for (size_t i = 0; i < 3; i++)
		free(kept[i]);
	free(releases);
	free(root);
	return e;
}

void says(int got, int want, const char *why, const char *name)
{
	is_int(got, want, name);
	if (!ok(strstr(feed_error.text, why) != NULL, "and says so"))
		printf("#   got \"%s\", not \"%s\"\n", feed_error.text, why);
}

void feedrepo_start(void)
{
	static struct machine m;
	json_t *json;

	for (unsigned i = 0; i < FEED_KEYS; i++) {
		uint8_t seed[32] = { (uint8_t)(i + 1) };

		key[i] = i == FEED_MLDSA_KEY ? EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65")
					     : EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
									    seed, sizeof(seed));
		must(key[i] != NULL);
	}
	make_pki();
	for (size_t i = 0; i < 3; i++) {
		char *text;

		machine_start(&m);
		if (i == 1)
			m.firmware[15].data = "another uki";
		machine_boot(&m);
		machine_quote(&m);
		machine_seal(&m);
		json = golden_of(&m);
		if (i == 2)
			json_object_set_new(json_object_get(second_edition(json), "image"),
					    "release", json_integer(2));
		text = json_dumps(json, JSON_COMPACT);
		must(strlen(text) < sizeof(feed_golden[i]));
		strcpy(feed_golden[i], text);
		free(text);
		json_decref(json);
	}
	machine_done(&m);
	free_pki();
}

void feedrepo_end(void)
{
	rampart_feed_free(feed);
	json_decref(feed_world);
	for (unsigned i = 0; i < FEED_KEYS; i++)
		EVP_PKEY_free(key[i]);
}
