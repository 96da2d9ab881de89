/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/verify/feed/metadata.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure/lib/array.h"
#include "measure/record/error.h"
#include "measure/record/jsonread.h"
#include "measure/verify/feed/canonical.h"
#include "measure/verify/signature/signkey.h"

const char *role_name(enum role role)
{
	static const char *const names[] = { "root", "timestamp", "snapshot", "targets" };

	return names[role];
}

/* ---- times ---- */

int metadata_time(const json_t *json, int64_t *ret_time)
{
	static const char form[] = "%Y-%m-%dT%H:%M:%SZ";
	const char *text = json_string_value(json), *end;
	char back[METADATA_TIME_MAX];
	struct tm tm = { 0 };
	int64_t seconds;

	end = text ? strptime(text, form, &tm) : NULL;
	if (!end || *end)
		return -EBADMSG;
	seconds = timegm(&tm);
	metadata_print_time(seconds, back);
	if (strcmp(back, text) != 0) /* no 31st of June, no "2026-1-1" */
		return -EBADMSG;
	*ret_time = seconds;
	return 0;
}

void metadata_print_time(int64_t time, char buf[static METADATA_TIME_MAX])
{
	const time_t seconds = (time_t)time;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900 ||
	    strftime(buf, METADATA_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, METADATA_TIME_MAX, "@%" PRId64, time);
}

int metadata_current(const struct metadata *m, int64_t time, struct rampart_error *error)
{
	char ended[METADATA_TIME_MAX];

	if (time < m->expires)
		return 0;
	metadata_print_time(m->expires, ended);
	return error_set(
		error, -EPROTO,
		"%s version %" PRId64
		" ended at %s: the feed is stale, or an old state of it is shown; its keeper must renew it, or ask another mirror (and is this clock right?)",
		role_name(m->role), m->version, ended);
}

/* ---- form ---- */

static int refuse(enum role role, const char *what, struct rampart_error *error)
{
	return error_set(error, -EPROTO, "%s: %s", role_name(role), what);
}

/* Of each of the four roles: a threshold, and no keyid twice. */
static bool has_role(const json_t *roles, enum role role)
{
	const json_t *entry = json_object_get(roles, role_name(role));
	const json_t *keyids = json_object_get(entry, "keyids");
	size_t n = json_array_size(keyids);

	if (json_integer_value(json_object_get(entry, "threshold")) < 1 || !json_is_array(keyids))
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *keyid = json_array_get(keyids, i);

		if (!json_is_string(keyid))
			return false;
		for (size_t j = 0; j < i && n <= METADATA_KEYS_MAX; j++)
			if (json_equal(keyid, json_array_get(keyids, j)))
				return false;
	}
	return n <= METADATA_KEYS_MAX;
}

static int check_root(const struct metadata *m, struct rampart_error *error)
{
	const json_t *roles = json_object_get(m->body, "roles");
	const json_t *consistent = json_object_get(m->body, "consistent_snapshot");

	if (!json_is_object(json_object_get(m->body, "keys")) || !json_is_object(roles))
		return refuse(ROLE_ROOT, "no \"keys\" or \"roles\"", error);
	if (consistent && !json_is_boolean(consistent))
		return refuse(ROLE_ROOT, "\"consistent_snapshot\" is neither true nor false",
			      error);
	for (enum role role = 0; role < _ROLE_MAX; role++)
		if (!has_role(roles, role))
			return error_set(
				error, -EPROTO,
				"root: roles.%s is not a threshold from 1 and at most %d different keyids",
				role_name(role), METADATA_KEYS_MAX);
	return 0;
}

/* The versions that timestamp and snapshot name. */
static int check_meta(const struct metadata *m, const char *needed, struct rampart_error *error)
{
	const json_t *meta = json_object_get(m->body, "meta");
	const char *name;
	json_t *value;

	if (!json_object_get(meta, needed))
		return error_set(error, -EPROTO, "%s: meta has no \"%s\"", role_name(m->role),
				 needed);
	json_object_foreach((json_t *)(uintptr_t)meta, name, value)
	{
		struct file_meta file;
		int r = file_meta_read(value, role_name(m->role), name, false, &file, error);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_body(struct metadata *m, struct rampart_error *error)
{
	const char *type = json_string_value(json_object_get(m->body, "_type"));
	const char *spec = json_string_value(json_object_get(m->body, "spec_version"));
	const json_t *version = json_object_get(m->body, "version");

	if (!json_is_object(m->body) || !json_is_array(json_object_get(m->json, "signatures")))
		return refuse(m->role, "not an object of \"signed\" and \"signatures\"", error);
	if (!type || strcmp(type, role_name(m->role)) != 0)
		return refuse(m->role, "\"_type\" is another one", error);
	if (!spec)
		return refuse(m->role, "no \"spec_version\"", error);
	if (strncmp(spec, "1.", 2) != 0)
		return error_set(
			error, -ENOTSUP,
			"%s: of TUF %.16s, and only 1 is known; a newer rampart may know it",
			role_name(m->role), spec);
	m->version = json_integer_value(version); /* 0 if it is no whole number */
	if (m->version < 1)
		return refuse(m->role, "\"version\" is not a number from 1", error);
	if (metadata_time(json_object_get(m->body, "expires"), &m->expires) < 0)
		return refuse(m->role, "\"expires\" is not a time as 2026-11-30T07:00:00Z", error);
	switch (m->role) {
	case ROLE_ROOT:
		return check_root(m, error);
	case ROLE_TIMESTAMP:
		return check_meta(m, "snapshot.json", error);
	case ROLE_SNAPSHOT:
		return check_meta(m, "targets.json", error);
	default:
		return json_is_object(json_object_get(m->body, "targets"))
			       ? 0
			       : refuse(m->role, "no \"targets\"", error);
	}
}

int metadata_parse(enum role role, const char *text, size_t len, struct metadata *ret,
		   struct rampart_error *error)
{
	struct metadata m = { .role = role, .len = len };
	struct rampart_error why;
	int r = jsonread(text, len, METADATA_DEPTH_MAX, &m.json, &why);

	if (r < 0)
		return error_set(error, r, "%s: %s", role_name(role), why.text);
	m.body = json_object_get(m.json, "signed");
	r = check_body(&m, error);
	m.text = r == 0 ? malloc(len + 1) : NULL;
	if (!m.text) {
		metadata_done(&m);
		return r < 0 ? r : error_memory(error);
	}
	memcpy(m.text, text, len);
	m.text[len] = '\0';
	*ret = m;
	return 0;
}

void metadata_done(struct metadata *m)
{
	json_decref(m->json);
	free(m->text);
	*m = (struct metadata){ .role = m->role };
}

/* ---- signatures ---- */

static int hex_bytes(const json_t *json, uint8_t *ret, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const char *hex = json_string_value(json);

	if (!hex || json_string_length(json) != 2 * len)
		return -EBADMSG;
	for (size_t i = 0; i < 2 * len; i++) {
		int c = hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] + 'a' - 'A' : hex[i];
		const char *at = strchr(digits, c);

		if (!at || !c)
			return -EBADMSG;
		ret[i / 2] = (uint8_t)(i % 2 ? ret[i / 2] | (at - digits) : (at - digits) << 4);
	}
	return 0;
}

/* Of our own naming: TUF names no type for keys of ML-DSA-65. The bytes of key and signature in hex, no context. */
#define MLDSA65_NAME "rampart-ml-dsa-65"

/* A key of root's list that we can check with. */
static int read_key(const json_t *json, struct signkey *ret)
{
	const char *type = json_string_value(json_object_get(json, "keytype"));
	const char *scheme = json_string_value(json_object_get(json, "scheme"));
	const json_t *public = json_object_get(json_object_get(json, "keyval"), "public");
	static const char *const names[] = {
		[SIGNKEY_ED25519] = "ed25519", [SIGNKEY_MLDSA65] = MLDSA65_NAME
	};
	struct signkey key = { .type = type && !strcmp(type, MLDSA65_NAME) ? SIGNKEY_MLDSA65
									   : SIGNKEY_ED25519 };

	if (!type || !scheme || strcmp(type, names[key.type]) != 0 || strcmp(scheme, type) != 0)
		return -ENOTSUP;
	if (hex_bytes(public, key.bytes, signkey_len(key.type)) < 0)
		return -EBADMSG;
	*ret = key;
	return signkey_check(&key, NULL);
}

static const json_t *find_signature(const struct metadata *m, const char *keyid)
{
	const json_t *list = json_object_get(m->json, "signatures"), *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		const char *by = json_string_value(json_object_get(entry, "keyid"));

		if (by && !strcmp(by, keyid))
			return json_object_get(entry, "sig");
	}
	return NULL;
}

static const json_t *role_of(const struct metadata *root, enum role role)
{
	return json_object_get(json_object_get(root->body, "roles"), role_name(role));
}

struct counted {
	struct digest key[METADATA_KEYS_MAX]; /* of its bytes: those of ML-DSA-65 are long */
	size_t n, n_unknown;		      /* signed; of a kind that we do not know */
};

static void count(struct counted *c, const struct signkey *key)
{
	struct digest digest;

	hash_bytes(HASH_SHA256, key->bytes, signkey_len(key->type), &digest);
	for (size_t i = 0; i < c->n; i++)
		if (digest_equal(&c->key[i], &digest))
			return;
	c->key[c->n++] = digest;
}

int metadata_verify(const struct metadata *root, const struct metadata *m,
		    struct rampart_error *error)
{
	const json_t *role = role_of(root, m->role), *keyid;
	json_int_t threshold = json_integer_value(json_object_get(role, "threshold"));
	struct counted c = { .n = 0 };
	char *text, unknown[96] = "";
	size_t len, i;
	int r = canonical_json(m->body, &text, &len, error);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(role, "keyids"), i, keyid)
	{
		const char *id = json_string_value(keyid);
		const json_t *json = json_object_get(json_object_get(root->body, "keys"), id);
		const json_t *sig = find_signature(m, id);
		uint8_t signature[SIGNKEY_SIG_LEN_MAX];
		struct signkey key;
		int known = json && sig ? read_key(json, &key) : -ENOENT;

		c.n_unknown += known == -ENOTSUP;
		if (known == 0 && hex_bytes(sig, signature, signkey_sig_len(key.type)) == 0 &&
		    signkey_verify(&key, "", span_of(text, len), signature, NULL) == 0)
			count(&c, &key);
	}
	free(text);
	if ((json_int_t)c.n >= threshold)
		return 0;
	if (c.n_unknown > 0)
		snprintf(unknown, sizeof(unknown),
			 ", not counting %zu of kinds other than ed25519 and " MLDSA65_NAME,
			 c.n_unknown);
	return error_set(error, -EPROTO,
			 "%s version %" PRId64 ": %zu of the %" JSON_INTEGER_FORMAT
			 " signatures that root version %" PRId64
			 " asks for%s: it is not by the holders of the feed's keys, do not use it",
			 role_name(m->role), m->version, c.n, threshold, root->version, unknown);
}

bool metadata_same_keys(const struct metadata *a, const struct metadata *b, enum role role)
{
	const json_t *list = json_object_get(role_of(a, role), "keyids"), *keyid;
	size_t i;

	if (!json_equal(role_of(a, role), role_of(b, role)))
		return false;
	json_array_foreach(list, i, keyid) /* which may stand for another key now */
	{
		const char *id = json_string_value(keyid);

		if (!json_equal(json_object_get(json_object_get(a->body, "keys"), id),
				json_object_get(json_object_get(b->body, "keys"), id)))
			return false;
	}
	return true;
}

/* ---- what metadata says of other files ---- */

static int read_hashes(const json_t *hashes, struct file_meta *file)
{
	static const enum hash_alg known[] = { HASH_SHA256, HASH_SHA384, HASH_SHA512 };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const json_t *hex = json_object_get(hashes, hash_name(known[i]));

		if (!hex)
			continue;
		if (!json_is_string(hex) ||
		    digest_from_hex(known[i], json_string_value(hex), json_string_length(hex),
				    &file->digest[known[i]]) < 0)
			return -EPROTO;
		file->has[known[i]] = true;
	}
	return 0;
}

int file_meta_read(const json_t *json, const char *of, const char *name, bool is_target,
		   struct file_meta *ret, struct rampart_error *error)
{
	const json_t *length = json_object_get(json, "length");
	const json_t *hashes = json_object_get(json, "hashes");
	struct file_meta file = { .version = json_integer_value(json_object_get(json, "version")) };

	if (!json_is_object(json))
		return error_set(error, -EPROTO, "%s says nothing of %.80s", of, name);
	if (!is_target && file.version < 1)
		return error_set(error, -EPROTO, "%s: %.80s: no version from 1", of, name);
	if ((length || is_target) && (!json_is_integer(length) || json_integer_value(length) < 0))
		return error_set(error, -EPROTO, "%s: %.80s: no length in bytes", of, name);
	if (read_hashes(hashes, &file) < 0 || (hashes && json_object_size(hashes) == 0))
		return error_set(error, -EPROTO, "%s: %.80s: not hashes in lower-case hex", of,
				 name);
	if ((hashes || is_target) && !file.has[HASH_SHA256] && !file.has[HASH_SHA384] &&
	    !file.has[HASH_SHA512])
		return error_set(error, -ENOTSUP, "%s: %.80s: no hash by sha256, sha384 or sha512",
				 of, name);
	file.has_length = length;
	file.length = (uint64_t)json_integer_value(length);
	*ret = file;
	return 0;
}

int file_meta_check(const struct file_meta *file, const char *name, const void *bytes, size_t len,
		    struct rampart_error *error)
{
	if (file->has_length && file->length != len)
		return error_set(
			error, -EPROTO,
			"%.80s has %zu bytes, and its metadata says %" PRIu64
			": the mirror changed it or is in the middle of an update; try again, or another mirror",
			name, len, file->length);
	for (enum hash_alg alg = 0; alg < _HASH_MAX; alg++) {
		struct digest digest;

		if (!file->has[alg])
			continue;
		hash_bytes(alg, bytes, len, &digest);
		if (!digest_equal(&digest, &file->digest[alg]))
			return error_set(
				error, -EPROTO,
				"%.80s has another %s than its metadata says: the mirror changed it or is in the middle of an update; try again, or another mirror",
				name, hash_name(alg));
	}
	return 0;
}
