/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/feedfirst.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define NAME	 "first.root.json"
#define BACK_MAX 256 /* roots; as many are followed */

/* The roots below the pinned one, the nearest first. */
struct older {
	char *bytes[BACK_MAX];
	size_t len[BACK_MAX], n;
};

/* The version after that of a feed's root. */
static int64_t next_version(struct rampart_feed *feed)
{
	struct rampart_feed_file file;

	return rampart_feed_next(feed, &file) ? strtoll(file.keep, NULL, 10) : 0;
}

/* Until one under whose name something was kept. */
static bool find(struct web *web, int64_t version, struct older *older)
{
	while (--version > 0 && older->n < BACK_MAX) {
		uint8_t *bytes;
		char path[64];
		size_t len;

		snprintf(path, sizeof(path), "metadata/%" PRId64 ".root.json", version);
		if (web_get(web, path, FEEDSTATE_ROOT_MAX, &bytes, &len, NULL) < 0)
			return false;
		older->bytes[older->n] = (char *)bytes;
		older->len[older->n++] = len;
		if (feedstate_is_known(bytes, len))
			return true;
	}
	return false;
}

/* Whether the last of them leads to the pinned one, each signed by the keys of the one before. */
static bool leads(const struct older *older, const void *root, size_t len, int64_t now)
{
	size_t i = older->n - 1;
	struct rampart_feed *feed;
	int r = rampart_feed_new(older->bytes[i], older->len[i], now, &feed, NULL);

	if (r < 0)
		return false;
	while (r == 0 && i-- > 0)
		r = rampart_feed_take(feed, older->bytes[i], older->len[i], NULL);
	if (r == 0)
		r = rampart_feed_take(feed, root, len, NULL);
	rampart_feed_free(feed);
	return r == 0;
}

/* Takes the bytes of the older root. */
static int search(const struct feedstate *state, struct web *web, int64_t version, const void *root,
		  size_t len, int64_t now, struct feedfirst *ret, struct rampart_error *error)
{
	struct older older = { .n = 0 };
	int r = 0;

	if (find(web, version, &older) && leads(&older, root, len, now)) {
		size_t i = older.n - 1;

		r = feedstate_write(state, NAME, older.bytes[i], older.len[i], error);
		if (r == 0) {
			ret->bytes = older.bytes[i];
			ret->len = older.len[i];
			older.bytes[i] = NULL;
		}
	}
	for (size_t i = 0; i < older.n; i++)
		free(older.bytes[i]);
	return r;
}

int feedfirst(const struct feedstate *state, struct web *web, const void *root, size_t len,
	      int64_t now, struct feedfirst *ret, struct rampart_error *error)
{
	struct rampart_feed *feed;
	int64_t version;
	int r = rampart_feed_new(root, len, now, &feed, error);

	*ret = (struct feedfirst){ .bytes = NULL };
	if (r < 0)
		return r;
	version = next_version(feed) - 1;
	rampart_feed_free(feed);
	snprintf(ret->pinned, sizeof(ret->pinned), "%" PRId64 ".root.json", version);
	if (feedstate_is_known(root, len) ||
	    feedstate_read(state, NAME, FEEDSTATE_ROOT_MAX, &ret->bytes, &ret->len) == 0 ||
	    !feedstate_has_others(state))
		return 0;
	return search(state, web, version, root, len, now, ret, error);
}
