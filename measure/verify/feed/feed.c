/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/verify/feed/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/jsonread.h"

#define RELEASES_SCHEMA "rampart-releases/1"

static void move(struct metadata *to, struct metadata *from)
{
	metadata_done(to);
	*to = *from;
	*from = (struct metadata){ .role = to->role };
}

/* ---- root ---- */

int rampart_feed_new(const char *json, size_t len, int64_t time, struct rampart_feed **ret_feed,
		     struct rampart_error *error)
{
	struct rampart_feed *feed = calloc(1, sizeof(*feed));
	int r;

	if (!feed)
		return error_memory(error);
	r = metadata_parse(ROLE_ROOT, json, len, &feed->now[ROLE_ROOT], error);
	if (r == 0)
		r = metadata_verify(&feed->now[ROLE_ROOT], &feed->now[ROLE_ROOT], error);
	if (r < 0) {
		rampart_feed_free(feed);
		return r;
	}
	feed->time = time;
	*ret_feed = feed;
	return 0;
}

void rampart_feed_free(struct rampart_feed *feed)
{
	if (!feed)
		return;
	for (enum role role = 0; role < _ROLE_MAX; role++) {
		metadata_done(&feed->now[role]);
		metadata_done(&feed->old[role]);
	}
	releases_done(&feed->releases);
	json_decref(feed->known);
	json_decref(feed->accepted);
	free(feed->path);
	free(feed);
}

/* Section 5.3, "Update the root role": signed by the keys of the one before and by its own. */
static int take_root(struct rampart_feed *feed, struct metadata *new, struct rampart_error *error)
{
	struct metadata *root = &feed->now[ROLE_ROOT];
	int r;

	if (feed->n_roots == FEED_ROOTS_MAX)
		return error_set(
			error, -EFBIG,
			"root: more than %d follow the pinned one; pin a newer one, from whom you had it",
			FEED_ROOTS_MAX);
	if (new->version != root->version + 1)
		return error_set(error, -EPROTO,
				 "root version %" PRId64 " is at the place of version %" PRId64
				 ": an old or a made-up one is shown, ask another mirror",
				 new->version, root->version + 1);
	r = metadata_verify(root, new, error);
	if (r == 0)
		r = metadata_verify(new, new, error);
	if (r < 0)
		return r;
	feed->forgets = !metadata_same_keys(root, new, ROLE_TIMESTAMP) ||
			!metadata_same_keys(root, new, ROLE_SNAPSHOT);
	if (feed->forgets) {
		metadata_done(&feed->old[ROLE_TIMESTAMP]);
		metadata_done(&feed->old[ROLE_SNAPSHOT]);
	}
	feed->n_roots++;
	move(root, new);
	return 0;
}

bool rampart_feed_forgets(const struct rampart_feed *feed)
{
	return feed->forgets;
}

/* There is no further one. */
static int end_roots(struct rampart_feed *feed, struct rampart_error *error)
{
	int r = metadata_current(&feed->now[ROLE_ROOT], feed->time, error);

	if (r == 0)
		feed->phase = PHASE_TIMESTAMP;
	return r;
}

/* ---- what metadata says of metadata ---- */

/* That were read when the metadata was. */
static struct file_meta meta_of(const struct metadata *m, const char *name)
{
	const json_t *meta = json_object_get(json_object_get(m->body, "meta"), name);
	struct file_meta file = { 0 };

	(void)file_meta_read(meta, "", name, false, &file, NULL);
	return file;
}

/* What of names in meta is older in new than in old, or is not there any more. */
static int refuse_older(const struct metadata *old, const struct metadata *new,
			struct rampart_error *error)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(old->body, "meta"), name, value)
	{
		int64_t before = json_integer_value(json_object_get(value, "version"));
		int64_t after = meta_of(new, name).version;

		if (after < before)
			return error_set(
				error, -EPROTO,
				"%s version %" PRId64 " says %.80s is of version %" PRId64
				", and it was %" PRId64
				" before: an old state of the feed is shown (a rollback); ask another mirror, or the feed's keeper",
				role_name(new->role), new->version, name, after, before);
	}
	return 0;
}

/* ---- timestamp ---- */

/* Section 5.4, "Update the timestamp role". */
static int take_timestamp(struct rampart_feed *feed, struct metadata *new,
			  struct rampart_error *error)
{
	struct metadata *old = &feed->old[ROLE_TIMESTAMP];
	int r = metadata_verify(&feed->now[ROLE_ROOT], new, error);

	if (r == 0 && old->json && new->version < old->version)
		r = error_set(
			error, -EPROTO,
			"timestamp version %" PRId64 " is shown, and version %" PRId64
			" was accepted before: an old state of the feed is shown (a rollback); ask another mirror, or the feed's keeper",
			new->version, old->version);
	if (r == 0 && old->json)
		r = refuse_older(old, new, error);
	if (r < 0)
		return r;
	/* Nothing is new then, whatever else this one says. */
	if (old->json && new->version == old->version)
		move(new, old);
	r = metadata_current(new, feed->time, error);
	if (r < 0) {
		if (!old->json)
			move(old, new);
		return r;
	}
	metadata_done(old);
	move(&feed->now[ROLE_TIMESTAMP], new);
	feed->phase = PHASE_SNAPSHOT;
	return 0;
}

/* ---- snapshot and targets ---- */

/* The one of which metadata speaks: its bytes, whose it is, and its version. */
static int check_named(const struct rampart_feed *feed, const struct metadata *namer,
		       const struct metadata *new, struct rampart_error *error)
{
	char name[32];
	struct file_meta meta;
	int r;

	snprintf(name, sizeof(name), "%s.json", role_name(new->role));
	meta = meta_of(namer, name);
	r = file_meta_check(&meta, name, new->text, new->len, error);
	if (r == 0)
		r = metadata_verify(&feed->now[ROLE_ROOT], new, error);
	if (r == 0 && new->version != meta.version)
		r = error_set(
			error, -EPROTO,
			"%s version %" PRId64 " is shown, and %s version %" PRId64
			" names version %" PRId64
			": files of different states are mixed; the mirror is in the middle of an update, or attacks: try again, or another mirror",
			role_name(new->role), new->version, role_name(namer->role), namer->version,
			meta.version);
	return r;
}

/* Section 5.5, "Update the snapshot role". */
static int take_snapshot(struct rampart_feed *feed, struct metadata *new,
			 struct rampart_error *error)
{
	struct metadata *old = &feed->old[ROLE_SNAPSHOT];
	int r = check_named(feed, &feed->now[ROLE_TIMESTAMP], new, error);

	if (r == 0 && old->json)
		r = refuse_older(old, new, error);
	if (r == 0)
		r = metadata_current(new, feed->time, error);
	if (r < 0)
		return r;
	move(&feed->now[ROLE_SNAPSHOT], new);
	feed->phase = PHASE_TARGETS;
	return 0;
}

/* Section 5.6, "Update the targets role". */
static int take_targets(struct rampart_feed *feed, struct metadata *new,
			struct rampart_error *error)
{
	struct releases releases = { 0 };
	int r = check_named(feed, &feed->now[ROLE_SNAPSHOT], new, error);

	if (r == 0)
		r = metadata_current(new, feed->time, error);
	if (r == 0)
		r = releases_read(new, &releases, error);
	if (r == 0)
		r = releases_judge(&releases, feed->known, feed->time, &feed->accepted, error);
	if (r < 0) {
		releases_done(&releases);
		return r;
	}
	move(&feed->now[ROLE_TARGETS], new);
	feed->releases = releases;
	feed->phase = PHASE_FILES;
	return 0;
}

typedef int take_fn(struct rampart_feed *feed, struct metadata *new, struct rampart_error *error);

/* What is remembered, if it is still what is named: then nothing has to be got. */
static void take_old(struct rampart_feed *feed)
{
	static take_fn *const takes[] = {
		[PHASE_SNAPSHOT] = take_snapshot, [PHASE_TARGETS] = take_targets
	};
	static const enum role roles[] = {
		[PHASE_SNAPSHOT] = ROLE_SNAPSHOT, [PHASE_TARGETS] = ROLE_TARGETS
	};

	while (feed->phase == PHASE_SNAPSHOT || feed->phase == PHASE_TARGETS) {
		const struct metadata *old = &feed->old[roles[feed->phase]];
		struct metadata copy;

		if (!old->json || metadata_parse(old->role, old->text, old->len, &copy, NULL) < 0)
			return;
		if (takes[feed->phase](feed, &copy, NULL) < 0) {
			metadata_done(&copy);
			return;
		}
	}
}

/* ---- targets' files ---- */

static int take_file(struct rampart_feed *feed, const void *bytes, size_t len,
		     struct rampart_error *error)
{
	struct feed_file *file = &feed->releases.file[feed->next_file];
	struct rampart_feed_release *release = &feed->releases.list[file->release].public;
	int r = file_meta_check(&file->meta, file->path, bytes, len, error);

	if (r < 0)
		return r;
	file->text = malloc(len + 1);
	if (!file->text)
		return error_memory(error);
	memcpy(file->text, bytes, len);
	file->text[len] = '\0';
	file->len = len;
	if (file->kind == FEED_GOLDEN) {
		release->text = file->text;
		release->len = len;
	}
	if (++feed->next_file == feed->releases.n_files)
		feed->phase = PHASE_DONE;
	return 0;
}

/* ---- what is wanted, and what came ---- */

static bool is_consistent(const struct rampart_feed *feed)
{
	return json_is_true(json_object_get(feed->now[ROLE_ROOT].body, "consistent_snapshot"));
}

/* Section 6.2 "Consistent snapshots": "HASH.NAME" in the target's folder. */
static int target_path(struct rampart_feed *feed, const struct feed_file *file, char **ret)
{
	enum hash_alg alg = file->meta.has[HASH_SHA256]	  ? HASH_SHA256
			    : file->meta.has[HASH_SHA512] ? HASH_SHA512
							  : HASH_SHA384;
	const char *slash = strrchr(file->path, '/');
	const char *name = slash ? slash + 1 : file->path;
	char hex[HASH_HEX_MAX];

	digest_hex(&file->meta.digest[alg], hex);
	snprintf(feed->keep, sizeof(feed->keep), "%s", hex);
	return asprintf(ret, "targets/%.*s%s%s%s", (int)(name - file->path), file->path,
			is_consistent(feed) ? hex : "", is_consistent(feed) ? "." : "", name);
}

/* timestamp always, the others unless they are versioned. */
static int metadata_path(struct rampart_feed *feed, enum role role, int64_t version, char **ret)
{
	snprintf(feed->keep, sizeof(feed->keep), "%s.json", role_name(role));
	if (!version)
		return asprintf(ret, "metadata/%s.json", role_name(role));
	if (role == ROLE_ROOT)
		snprintf(feed->keep, sizeof(feed->keep), "%" PRId64 ".root.json", version);
	return asprintf(ret, "metadata/%" PRId64 ".%s.json", version, role_name(role));
}

static size_t max_of(const struct file_meta *meta, size_t otherwise)
{
	return meta->has_length && meta->length < otherwise ? (size_t)meta->length : otherwise;
}

bool rampart_feed_next(struct rampart_feed *feed, struct rampart_feed_file *ret_file)
{
	struct rampart_feed_file file = { .is_root = feed->phase == PHASE_ROOT,
					  .is_target = feed->phase == PHASE_FILES };
	struct file_meta meta;
	char *path = NULL;
	int n = -1;

	switch (feed->phase) {
	case PHASE_ROOT:
		file.max = FEED_ROOT_MAX;
		n = metadata_path(feed, ROLE_ROOT, feed->now[ROLE_ROOT].version + 1, &path);
		break;
	case PHASE_TIMESTAMP:
		file.max = FEED_TIMESTAMP_MAX;
		n = metadata_path(feed, ROLE_TIMESTAMP, 0, &path);
		break;
	case PHASE_SNAPSHOT:
		meta = meta_of(&feed->now[ROLE_TIMESTAMP], "snapshot.json");
		file.max = max_of(&meta, FEED_SNAPSHOT_MAX);
		n = metadata_path(feed, ROLE_SNAPSHOT, is_consistent(feed) ? meta.version : 0,
				  &path);
		break;
	case PHASE_TARGETS:
		meta = meta_of(&feed->now[ROLE_SNAPSHOT], "targets.json");
		file.max = max_of(&meta, FEED_TARGETS_MAX);
		n = metadata_path(feed, ROLE_TARGETS, is_consistent(feed) ? meta.version : 0,
				  &path);
		break;
	case PHASE_FILES:
		file.max = (size_t)feed->releases.file[feed->next_file].meta.length;
		n = target_path(feed, &feed->releases.file[feed->next_file], &path);
		break;
	default:
		break;
	}
	free(feed->path);
	feed->path = n < 0 ? NULL : path;
	if (!feed->path)
		return false;
	file.path = feed->path;
	file.keep = feed->keep;
	*ret_file = file;
	return true;
}

int rampart_feed_take(struct rampart_feed *feed, const void *bytes, size_t len,
		      struct rampart_error *error)
{
	static take_fn *const takes[] = { take_root, take_timestamp, take_snapshot, take_targets };
	struct metadata new = { 0 };
	int r;

	feed->forgets = false;
	if (feed->phase == PHASE_DONE)
		return error_set(error, -EPROTO, "nothing is wanted");
	if (!bytes && feed->phase == PHASE_ROOT)
		return end_roots(feed, error);
	if (!bytes)
		return error_set(
			error, -ENOENT,
			"%.200s is not there: the address is not a feed's, or it is not whole",
			feed->path ? feed->path : "");
	if (feed->phase == PHASE_FILES)
		return take_file(feed, bytes, len, error);
	r = metadata_parse((enum role)feed->phase, bytes, len, &new, error);
	if (r == 0)
		r = takes[feed->phase](feed, &new, error);
	metadata_done(&new);
	if (r == 0)
		take_old(feed);
	return r;
}

/* ---- what lies beside ---- */

static int find_target(const struct rampart_feed *feed, const char *path, struct feed_file *ret,
		       struct rampart_error *error)
{
	const struct metadata *targets = &feed->now[ROLE_TARGETS];
	const json_t *target = json_object_get(json_object_get(targets->body, "targets"), path);

	if (feed->phase != PHASE_DONE || !target || !releases_is_path(path))
		return error_set(error, -ENOENT, "targets version %" PRId64 " does not name %.200s",
				 targets->version, path);
	ret->path = path;
	return file_meta_read(target, "targets", path, true, &ret->meta, error);
}

int rampart_feed_target(struct rampart_feed *feed, const char *path,
			struct rampart_feed_file *ret_file, struct rampart_error *error)
{
	struct feed_file file;
	char *below = NULL;
	int r = find_target(feed, path, &file, error);

	if (r < 0)
		return r;
	if (target_path(feed, &file, &below) < 0)
		return error_memory(error);
	free(feed->path);
	feed->path = below;
	*ret_file = (struct rampart_feed_file){ .path = below,
						.keep = feed->keep,
						.max = (size_t)file.meta.length,
						.is_target = true };
	return 0;
}

int rampart_feed_target_check(const struct rampart_feed *feed, const char *path, const void *bytes,
			      size_t len, struct rampart_error *error)
{
	struct feed_file file;
	int r = find_target(feed, path, &file, error);

	return r < 0 ? r : file_meta_check(&file.meta, path, bytes, len, error);
}

/* ---- memory ---- */

static int role_from(const char *name, enum role *ret)
{
	for (enum role role = ROLE_TIMESTAMP; role < _ROLE_MAX; role++)
		if (!strcmp(name, role_name(role))) {
			*ret = role;
			return 0;
		}
	return -EINVAL;
}

const char *rampart_feed_metadata(const struct rampart_feed *feed, const char *role,
				  size_t *ret_len)
{
	enum role which;

	if (role_from(role, &which) < 0 || !feed->now[which].json)
		return NULL;
	*ret_len = feed->now[which].len;
	return feed->now[which].text;
}

int rampart_feed_remember(struct rampart_feed *feed, const char *role, const char *json, size_t len,
			  struct rampart_error *error)
{
	struct metadata m = { 0 };
	enum role which;
	int r = role_from(role, &which);

	if (r < 0 || feed->phase != PHASE_ROOT)
		return error_set(error, -EPROTO, "%.32s cannot be remembered now", role);
	r = metadata_parse(which, json, len, &m, error);
	if (r == 0)
		r = metadata_verify(&feed->now[ROLE_ROOT], &m, error);
	if (r == 0)
		move(&feed->old[which], &m);
	metadata_done(&m);
	return r;
}

int rampart_feed_hold(struct rampart_feed *feed, struct rampart_error *error)
{
	const struct metadata *old = &feed->old[ROLE_TIMESTAMP];
	struct metadata copy;
	int r = 0;

	if (feed->phase > PHASE_TIMESTAMP || !old->json)
		return error_set(error, -ENOENT, "nothing of this feed was kept");
	if (feed->phase == PHASE_ROOT)
		r = end_roots(feed, error);
	if (r == 0)
		r = metadata_parse(ROLE_TIMESTAMP, old->text, old->len, &copy, error);
	if (r < 0)
		return r;
	r = take_timestamp(feed, &copy, error);
	metadata_done(&copy);
	take_old(feed);
	if (r == 0 && feed->phase < PHASE_FILES)
		r = error_set(error, -ENOENT, "what was kept of this feed is not whole");
	return r;
}

int rampart_feed_remember_releases(struct rampart_feed *feed, const char *json, size_t len,
				   struct rampart_error *error)
{
	static const char *const keys[] = { "schema", "images", NULL };
	const char *schema;
	json_t *known;
	int r = jsonread(json, len, 4, &known, error);

	if (r == 0)
		r = jsonread_keys(known, "", keys, 2, error);
	if (r < 0)
		return r;
	schema = json_string_value(json_object_get(known, "schema"));
	if (schema && !strcmp(schema, RELEASES_SCHEMA) &&
	    json_is_object(json_object_get(known, "images"))) {
		json_decref(feed->known);
		feed->known = json_incref(json_object_get(known, "images"));
	} else {
		r = error_set(error, -EPROTO, "not \"" RELEASES_SCHEMA "\"");
	}
	json_decref(known);
	return r;
}

char *rampart_feed_releases(const struct rampart_feed *feed)
{
	json_t *json = feed->accepted ? json_pack("{s:s, s:O}", "schema", RELEASES_SCHEMA, "images",
						  feed->accepted)
				      : NULL;
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(json);
	return text;
}

/* ---- what it comes to ---- */

int64_t rampart_feed_until(const struct rampart_feed *feed, const char **ret_role)
{
	enum role first = ROLE_ROOT;

	if (feed->phase < PHASE_FILES)
		return 0;
	for (enum role role = 0; role < _ROLE_MAX; role++)
		if (feed->now[role].expires < feed->now[first].expires)
			first = role;
	if (ret_role)
		*ret_role = role_name(first);
	return feed->now[first].expires;
}

size_t rampart_feed_count(const struct rampart_feed *feed)
{
	return feed->releases.n;
}

const struct rampart_feed_release *rampart_feed_release(const struct rampart_feed *feed, size_t i)
{
	return &feed->releases.list[i].public;
}
