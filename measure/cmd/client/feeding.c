/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/feeding.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/client/feedfirst.h"
#include "measure/cmd/client/feedstate.h"
#include "measure/cmd/client/web.h"
#include "measure/cmd/cmd.h"
#include "measure/lib/array.h"
#include "measure/record/error.h"

#define TIMEOUT_S 60	     /* for all files of one look */
#define KEPT_MAX  (16 << 20) /* bytes of any file that was kept */

/* Of metadata, in the order in which it is kept: what names comes after what is named. */
static const char *const roles[] = { "targets", "snapshot", "timestamp" };

struct feeding {
	uint8_t *root; /* the pinned one */
	size_t root_len;
	int64_t now;
	struct feedfirst first; /* where all begins, if that is not at the pinned one; */
	bool has_passed;	/* which has to come then, at its version */
	struct feedstate state;
	struct rampart_feed *feed;
	char *names; /* of the copies of targets that are in use, a line each */
};

/* ---- what was kept ---- */

static int refuse_kept(const struct feeding *f, const char *name, const char *why,
		       struct rampart_error *error)
{
	return error_set(
		error, -EPROTO,
		"%s/%s, which was kept, is refused: %s; without that folder the feed is looked at as for the first time",
		f->state.path, name, why);
}

/* Whether what is wanted is the pinned root, which nobody else has a word in. */
static bool is_pinned(const struct feeding *f, const struct rampart_feed_file *file)
{
	return f->first.bytes && file->is_root && !strcmp(file->keep, f->first.pinned);
}

/* The roots that followed the first one. */
static int walk_roots(struct feeding *f, struct rampart_error *error)
{
	struct rampart_feed_file file;
	struct rampart_error why;

	while (rampart_feed_next(f->feed, &file)) {
		AUTO_FREE char *bytes = NULL;
		size_t len;

		if (feedstate_read(&f->state, file.keep, file.max, &bytes, &len) < 0)
			break;
		if (is_pinned(f, &file)) {
			if (len != f->root_len || memcmp(bytes, f->root, len) != 0)
				return refuse_kept(f, file.keep,
						   "another one is pinned of that version", error);
			f->has_passed = true;
		}
		if (rampart_feed_take(f->feed, bytes, len, &why) < 0)
			return refuse_kept(f, file.keep, why.text, error);
	}
	return 0;
}

static int remember(struct feeding *f, struct rampart_error *error)
{
	struct rampart_error why;

	for (size_t i = 0; i <= ARRAY_SIZE(roles); i++) {
		AUTO_FREE char *bytes = NULL;
		bool is_role = i < ARRAY_SIZE(roles);
		char name[32];
		size_t len;
		int r;

		snprintf(name, sizeof(name), "%s%s", is_role ? roles[i] : FEEDSTATE_RELEASES,
			 is_role ? ".json" : "");
		r = feedstate_read(&f->state, name, KEPT_MAX, &bytes, &len);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return error_set(error, r, "%s/%s: %s", f->state.path, name, strerror(-r));
		r = is_role ? rampart_feed_remember(f->feed, roles[i], bytes, len, &why)
			    : rampart_feed_remember_releases(f->feed, bytes, len, &why);
		/* The keys of targets may have moved since; it only saves a download. */
		if (r < 0 && i > 0)
			return refuse_kept(f, name, why.text, error);
	}
	return 0;
}

/* Whether a copy of a target was kept, and is taken. */
static bool take_copy(struct feeding *f, const struct rampart_feed_file *file)
{
	AUTO_FREE char *bytes = NULL;
	size_t len;

	return feedstate_read(&f->state, file->keep, file->max, &bytes, &len) == 0 &&
	       rampart_feed_take(f->feed, bytes, len, NULL) == 0;
}

static int note_copy(struct feeding *f, const char *name, struct rampart_error *error)
{
	size_t len = strlen(f->names);
	char *more = realloc(f->names, len + strlen(name) + 2);

	if (!more)
		return error_memory(error);
	sprintf(more + len, "%s\n", name);
	f->names = more;
	return 0;
}

/* All was accepted. */
static int keep_all(struct feeding *f, struct rampart_error *error)
{
	AUTO_FREE char *releases = rampart_feed_releases(f->feed);
	int r = releases ? feedstate_write(&f->state, FEEDSTATE_RELEASES, releases,
					   strlen(releases), error)
			 : error_memory(error);

	for (size_t i = 0; i < ARRAY_SIZE(roles) && r == 0; i++) {
		char name[32];
		size_t len;
		const char *text = rampart_feed_metadata(f->feed, roles[i], &len);

		snprintf(name, sizeof(name), "%s.json", roles[i]);
		r = feedstate_write(&f->state, name, text, len, error);
	}
	if (r == 0)
		feedstate_clean(&f->state, f->names);
	return r;
}

/* ---- what is there now ---- */

static int keep_one(struct feeding *f, const struct rampart_feed_file *file, const void *bytes,
		    size_t len, struct rampart_error *error)
{
	int r = 0;

	if (file->is_root && rampart_feed_forgets(f->feed)) {
		r = feedstate_remove(&f->state, "timestamp.json", error);
		if (r == 0)
			r = feedstate_remove(&f->state, "snapshot.json", error);
	}
	return r < 0 ? r : feedstate_write(&f->state, file->keep, bytes, len, error);
}

/* -EIO: it cannot be reached. */
static int get(struct feeding *f, struct web *web, const struct rampart_feed_file *file,
	       struct rampart_error *error)
{
	AUTO_FREE uint8_t *bytes = NULL;
	size_t len = 0;
	int r;

	if (is_pinned(f, file)) {
		f->has_passed = true;
		r = rampart_feed_take(f->feed, f->root, f->root_len, error);
		return r < 0 ? r : keep_one(f, file, f->root, f->root_len, error);
	}
	r = web_get(web, file->path, file->max, &bytes, &len, error);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r < 0 && file->is_root && f->first.bytes && !f->has_passed)
		return error_set(
			error, -EPROTO,
			"%s is not there, which stands between the root that was pinned before and the one that is pinned now: ask another mirror",
			file->path);
	r = rampart_feed_take(f->feed, r == 0 ? bytes : NULL, len, error);
	if (r == 0 && bytes && (file->is_root || file->is_target))
		r = keep_one(f, file, bytes, len, error);
	return r;
}

/* From the pinned root to the last golden.json; web NULL: with what was kept. */
static int walk(struct feeding *f, struct web *web, struct rampart_error *error)
{
	struct rampart_feed_file file;
	int r;

	rampart_feed_free(f->feed);
	f->feed = NULL;
	f->names[0] = '\0';
	f->has_passed = false;
	r = f->first.bytes
		    ? rampart_feed_new(f->first.bytes, f->first.len, f->now, &f->feed, error)
		    : rampart_feed_new((char *)f->root, f->root_len, f->now, &f->feed, error);
	if (r == 0)
		r = walk_roots(f, error);
	if (r == 0)
		r = remember(f, error);
	if (r == 0 && !web && f->first.bytes && !f->has_passed)
		r = error_set(error, -ENOENT, "%s does not follow from it", f->first.pinned);
	if (r == 0 && !web)
		r = rampart_feed_hold(f->feed, error);
	while (r == 0 && rampart_feed_next(f->feed, &file)) {
		if (file.is_target)
			r = note_copy(f, file.keep, error);
		if (r == 0 && file.is_target && take_copy(f, &file))
			continue;
		if (r == 0)
			r = web ? get(f, web, &file, error)
				: error_set(error, -ENOENT, "%s was not kept", file.path);
	}
	return r == 0 ? keep_all(f, error) : r;
}

/* What was kept may be of a root that was pinned before. */
static int begin(struct feeding *f, struct web *web, struct rampart_error *error)
{
	int r = feedfirst(&f->state, web, f->root, f->root_len, f->now, &f->first, error);

	if (r < 0 || !f->first.bytes)
		return r;
	feedstate_close(&f->state);
	return feedstate_open(f->first.bytes, f->first.len, &f->state, error);
}

/* Somebody else's look may be waited for first: the time for this one begins with web. */
static int look(struct feeding *f, const char *address, struct rampart_error *ret_held,
		struct rampart_error *error)
{
	struct rampart_error why;
	struct web *web = NULL;
	int r = feedstate_open(f->root, f->root_len, &f->state, error);

	if (r == 0)
		r = web_new(address, TIMEOUT_S, &web, error);
	if (r < 0)
		return r;
	r = begin(f, web, error);
	if (r == 0)
		r = walk(f, web, error);
	web_free(web);
	if (r != -EIO)
		return r;
	*ret_held = *error;
	r = walk(f, NULL, &why);
	return r < 0 ? error_set(error, r, "%s; and what was kept does not do: %s", ret_held->text,
				 why.text)
		     : 0;
}

int feeding(const char *address, const char *root, int64_t now, struct rampart_feed **ret_feed,
	    struct rampart_error *ret_held, struct rampart_error *error)
{
	struct feeding f = { .now = now, .state.fd = -1 };
	struct rampart_error why;
	int r = read_file(root, FEEDSTATE_ROOT_MAX, &f.root, &f.root_len);

	ret_held->text[0] = '\0';
	if (r < 0)
		return error_set(error, -1, "--root %s: %s", root, strerror(-r));
	f.names = calloc(1, 1);
	r = f.names ? look(&f, address, ret_held, &why) : error_memory(&why);
	if (r == 0) {
		*ret_feed = f.feed;
		f.feed = NULL;
	} else {
		(void)error_set(error, -1, "--feed %s: %s", address, why.text);
	}
	rampart_feed_free(f.feed);
	feedstate_close(&f.state);
	free(f.first.bytes);
	free(f.names);
	free(f.root);
	return r < 0 ? -1 : 0;
}
