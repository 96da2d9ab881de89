/* SPDX-License-Identifier: MIT */
#include "measure/verify/feed/releases.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/record/error.h"

#define NOT_BELOW "targets: %.200s: not a path below the feed"

/* The last component. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Of a disk, a CD or the network: the golden values of rampart-release(5). */
static bool is_golden(const char *path)
{
	const char *name = name_of(path);

	return !strcmp(name, "golden.json") || !strcmp(name, "golden-cd.json") ||
	       !strcmp(name, "golden-network.json");
}

static bool ends(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

bool releases_is_path(const char *path)
{
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '\\')
			return false;
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || path[0] == '.')
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

/* Of a target: text that is for one line, at most 64 characters. */
static const char *word(const json_t *custom, const char *key)
{
	const char *text = json_string_value(json_object_get(custom, key));

	for (const char *c = text ? text : ""; *c; c++)
		if ((unsigned char)*c < 0x21 || *c == 0x7f || c - text >= 64)
			return NULL;
	return text && *text ? text : NULL;
}

static int read_release(const char *path, const json_t *target, struct rampart_feed_release *ret,
			struct rampart_error *error)
{
	const json_t *custom = json_object_get(target, "custom");
	struct rampart_feed_release r = {
		.path = path,
		.image = word(custom, "image"),
		.version = word(custom, "version"),
		.release = json_integer_value(json_object_get(custom, "release")),
	};

	if (!r.image || !r.version || r.release < 1)
		return error_set(
			error, -EPROTO,
			"targets: %.200s: custom has not image, version and release (a number from 1)",
			path);
	if (metadata_time(json_object_get(custom, "not_before"), &r.not_before) < 0 ||
	    metadata_time(json_object_get(custom, "not_after"), &r.not_after) < 0)
		return error_set(
			error, -EPROTO,
			"targets: %.200s: custom has not not_before and not_after, as 2026-11-30T07:00:00Z",
			path);
	*ret = r;
	return 0;
}

static int add_file(struct releases *releases, enum feed_file_kind kind, const char *path,
		    const json_t *target, struct rampart_error *error)
{
	struct feed_file *file = &releases->file[releases->n_files];
	uint64_t max = kind == FEED_GOLDEN ? GOLDEN_MAX : COMPANION_MAX;
	struct file_meta meta;
	int r;

	if (!releases_is_path(path))
		return error_set(error, -EPROTO, NOT_BELOW, path);
	if (releases->n_files == RELEASES_FILES_MAX)
		return error_set(error, -EFBIG, "targets: more than %d files of releases",
				 RELEASES_FILES_MAX);
	r = file_meta_read(target, "targets", path, true, &meta, error);
	if (r == 0 && meta.length > max)
		r = error_set(error, -EFBIG, "targets: %.200s: more than %" PRIu64 " bytes", path,
			      max);
	if (r < 0)
		return r;
	*file = (struct feed_file){
		.kind = kind, .release = releases->n, .path = path, .meta = meta
	};
	releases->n_files++;
	return 0;
}

/* Those beside it whose names begin with its own. */
static int add_companions(struct releases *releases, const json_t *targets, const char *golden,
			  struct rampart_error *error)
{
	static const struct {
		const char *end;
		enum feed_file_kind kind;
	} kinds[] = { { ".sig", FEED_SIGNATURE },
		      { ".minisig", FEED_SIGNATURE },
		      { ".tlog-proof", FEED_PROOF } };
	size_t len = strlen(golden);
	const char *path;
	json_t *target;
	int r = 0;

	json_object_foreach((json_t *)(uintptr_t)targets, path, target)
	{
		if (strncmp(path, golden, len) != 0 || path[len] != '.' || strchr(path + len, '/'))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(kinds) && r == 0; i++)
			if (ends(path + len, kinds[i].end))
				r = add_file(releases, kinds[i].kind, path, target, error);
	}
	return r;
}

static int by_release(const void *a, const void *b)
{
	const struct rampart_feed_release *x = &((const struct release *)a)->public,
					  *y = &((const struct release *)b)->public;
	int r = strcmp(x->image, y->image);

	if (r == 0)
		r = (x->release > y->release) - (x->release < y->release);
	return r ? r : strcmp(x->path, y->path);
}

static int set_aside(struct releases *releases, const char *why, struct rampart_error *error)
{
	char *text = strdup(why);

	if (!text)
		return error_memory(error);
	releases->aside[releases->n_aside++] = text;
	return 0;
}

int releases_refuse(const char *begin, char *const *aside, size_t n, struct rampart_error *error)
{
	char list[sizeof(error->text)] = "";
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i > 0 ? "; " : "",
					aside[i]);
	return error_set(error, -EPROTO, "%s: %s", begin, list);
}

/* Golden values, with what stands beside it. */
static int read_one(const json_t *list, const char *path, const json_t *target,
		    struct releases *releases, struct rampart_error *error)
{
	struct release *release = &releases->list[releases->n];
	int r = read_release(path, target, &release->public, error);

	release->file = releases->n_files;
	if (r == 0)
		r = add_file(releases, FEED_GOLDEN, path, target, error);
	if (r == 0)
		r = add_companions(releases, list, path, error);
	if (r == 0)
		releases->n++;
	else
		releases->n_files = release->file;
	return r;
}

static int read_all(const struct metadata *targets, struct releases *releases,
		    struct rampart_error *error)
{
	const json_t *list = json_object_get(targets->body, "targets");
	struct rampart_error why;
	const char *path;
	json_t *target;
	int r = 0;

	json_object_foreach((json_t *)(uintptr_t)list, path, target)
	{
		/* Feeds may list those of other media as files of a release that nobody asks for. */
		if (!is_golden(path) || (strcmp(name_of(path), "golden.json") != 0 &&
					 !json_object_get(target, "custom")))
			continue;
		if (!releases_is_path(path))
			return error_set(error, -EPROTO, NOT_BELOW, path);
		if (releases->n + releases->n_aside == RELEASES_MAX)
			return error_set(error, -EFBIG,
					 "targets: more than %d files of golden values",
					 RELEASES_MAX);
		r = read_one(list, path, target, releases, &why);
		if (r < 0)
			r = r == -ENOMEM ? error_memory(error)
					 : set_aside(releases, why.text, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Top-level targets come first: only what they do not name is looked for in a delegated role. */
static bool delegates(const struct metadata *targets)
{
	const json_t *delegations = json_object_get(targets->body, "delegations");

	return json_array_size(json_object_get(delegations, "roles")) > 0 ||
	       json_object_get(delegations, "succinct_roles");
}

int releases_read(const struct metadata *targets, struct releases *ret, struct rampart_error *error)
{
	size_t n = json_object_size(json_object_get(targets->body, "targets")) + 1;
	struct releases releases = {
		.list = calloc(n < RELEASES_MAX ? n : RELEASES_MAX, sizeof(*releases.list)),
		/* none is beside two releases */
		.file = calloc(n < RELEASES_FILES_MAX ? n : RELEASES_FILES_MAX,
			       sizeof(*releases.file)),
	};
	int r = releases.list && releases.file ? read_all(targets, &releases, error)
					       : error_memory(error);

	if (r == 0 && releases.n == 0 && releases.n_aside > 0)
		r = releases_refuse("no release of the feed can be used", releases.aside,
				    releases.n_aside, error);
	else if (r == 0 && releases.n == 0 && delegates(targets))
		r = error_set(
			error, -ENOTSUP,
			"targets version %" PRId64
			" names no golden.json itself and delegates to other roles, which is not followed: the feed must name its releases in targets",
			targets->version);
	else if (r == 0 && releases.n == 0)
		r = error_set(
			error, -EPROTO,
			"targets version %" PRId64
			" names no golden.json: the feed has no release, its keeper must add one",
			targets->version);
	if (r < 0) {
		releases_done(&releases);
		return r;
	}
	qsort(releases.list, releases.n, sizeof(*releases.list), by_release);
	for (size_t i = 0; i < releases.n; i++) /* the files follow their releases */
		for (size_t j = releases.list[i].file;
		     j < releases.n_files &&
		     (j == releases.list[i].file || releases.file[j].kind != FEED_GOLDEN);
		     j++)
			releases.file[j].release = i;
	*ret = releases;
	return 0;
}

void releases_done(struct releases *releases)
{
	for (size_t i = 0; i < releases->n_files; i++)
		free(releases->file[i].text);
	for (size_t i = 0; i < releases->n_aside; i++)
		free(releases->aside[i]);
	free(releases->list);
	free(releases->file);
	*releases = (struct releases){ 0 };
}

/* ---- counters ---- */

static bool has_number(const json_t *list, int64_t number)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (json_integer_value(entry) == number)
			return true;
	}
	return false;
}

static void judge(struct release *release, const json_t *known)
{
	struct rampart_feed_release *r = &release->public;
	int64_t highest = json_integer_value(json_object_get(known, "highest"));

	r->refused = NULL;
	if (r->release >= highest || has_number(json_object_get(known, "accepted"), r->release))
		return;
	snprintf(release->refused, sizeof(release->refused),
		 "release %" PRId64 " of %s comes after release %" PRId64
		 ", which was accepted before, and was not valid beside it without a break",
		 r->release, r->image, highest);
	r->refused = release->refused;
}

/* One image's entry from now on, of its releases list[first] to list[end - 1]. NULL: no memory. */
static json_t *entry_of(const struct releases *releases, size_t first, size_t end,
			const json_t *known, int64_t time)
{
	json_int_t highest = json_integer_value(json_object_get(known, "highest"));
	json_t *accepted = json_array();

	for (size_t i = first; i < end; i++) {
		const struct rampart_feed_release *r = &releases->list[i].public;

		if (r->refused || time < r->not_before || time >= r->not_after ||
		    has_number(accepted, r->release))
			continue;
		if (r->release > highest)
			highest = r->release;
		(void)json_array_append_new(accepted, json_integer(r->release));
	}
	return json_pack("{s:I, s:o}", "highest", highest, "accepted", accepted);
}

int releases_judge(struct releases *releases, const json_t *known, int64_t time, json_t **ret_known,
		   struct rampart_error *error)
{
	json_t *now = known ? json_deep_copy(known) : json_object(), *entry;
	const char *name;
	size_t end;

	if (!now)
		return error_memory(error);
	json_object_foreach(now, name, entry) /* an image that is gone from the feed has none */
		(void) json_array_clear(json_object_get(entry, "accepted"));
	for (size_t i = 0; i < releases->n; i = end) {
		const char *image = releases->list[i].public.image;
		const json_t *before = json_object_get(known, image);

		for (end = i; end < releases->n && !strcmp(releases->list[end].public.image, image);
		     end++)
			judge(&releases->list[end], before);
		if (json_object_set_new(now, image, entry_of(releases, i, end, before, time)) < 0) {
			json_decref(now);
			return error_memory(error);
		}
	}
	*ret_known = now;
	return 0;
}
