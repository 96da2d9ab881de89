/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/fromsource.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/client/web.h"
#include "measure/cmd/release/release.h"
#include "measure/cmd/release/run.h"
#include "measure/cmd/wholefile.h"
#include "measure/lib/array.h"
#include "measure/lib/hash.h"

#define TIMEOUT_S 3600	    /* for all files */
#define FILE_MAX  (1 << 30) /* bytes of one; they are in memory for a while */
#define N_WANTED  4

static const char *const wanted[N_WANTED] = { RELEASE_SUMS, RELEASE_GOLDEN, REBUILD_PROVENANCE,
					      REBUILD_SOURCE };

struct source {
	const char *command, *address;
	struct rampart_feed *feed;
	char *path[N_WANTED]; /* of targets; owned, as bytes */
	uint8_t *bytes[N_WANTED];
	size_t len[N_WANTED];
	char folder[PATH_MAX];
};

/* The path of the golden.json with this digest; NULL: there is none. */
static const char *find_golden(const struct rampart_feed *feed, const char *sha256)
{
	for (size_t i = 0; i < rampart_feed_count(feed); i++) {
		const struct rampart_feed_release *r = rampart_feed_release(feed, i);
		char hex[HASH_HEX_MAX];
		struct digest digest;

		hash_bytes(HASH_SHA256, r->text, r->len, &digest);
		digest_hex(&digest, hex);
		if (!strcmp(hex, sha256))
			return r->path;
	}
	return NULL;
}

/* All are named, and how many bytes they have together. */
static int find_files(struct source *s, const char *golden, uint64_t *ret_bytes)
{
	int folder = (int)(strlen(golden) - strlen(RELEASE_GOLDEN));

	*ret_bytes = 0;
	for (size_t i = 0; i < N_WANTED; i++) {
		struct rampart_feed_file file;
		struct rampart_error error;

		if (asprintf(&s->path[i], "%.*s%s", folder, golden, wanted[i]) < 0) {
			s->path[i] = NULL;
			return fail(s->command, "out of memory");
		}
		if (rampart_feed_target(s->feed, s->path[i], &file, &error) < 0)
			return fail(s->command,
				    "--feed %s: %s: this release is there without its source; its "
				    "keeper can add it, or use the folder of the release: rampart "
				    "rebuild-check",
				    s->address, error.text);
		if (file.max > FILE_MAX)
			return fail(s->command, "--feed %s: %s: more than %d bytes", s->address,
				    s->path[i], FILE_MAX);
		*ret_bytes += file.max;
	}
	return 0;
}

static int get_file(struct source *s, struct web *web, size_t i)
{
	struct rampart_feed_file file;
	struct rampart_error error;
	int r = rampart_feed_target(s->feed, s->path[i], &file, &error);

	if (r == 0)
		r = web_get(web, file.path, file.max, &s->bytes[i], &s->len[i], &error);
	if (r == -ENOENT)
		return fail(s->command, "--feed %s: %s is not there: the mirror is not whole",
			    s->address, file.path);
	if (r == 0)
		r = rampart_feed_target_check(s->feed, s->path[i], s->bytes[i], s->len[i], &error);
	return r < 0 ? fail(s->command, "--feed %s: %s", s->address, error.text) : 0;
}

static int get_files(struct source *s)
{
	struct rampart_error error;
	struct web *web;
	int r = 0;

	if (web_new(s->address, TIMEOUT_S, &web, &error) < 0)
		return fail(s->command, "--feed %s: %s", s->address, error.text);
	for (size_t i = 0; i < N_WANTED && r == 0; i++)
		r = get_file(s, web, i);
	web_free(web);
	return r;
}

static int write_files(const struct source *s)
{
	for (size_t i = 0; i < N_WANTED; i++) {
		char path[PATH_MAX];
		int r = path_in(s->folder, wanted[i], path) ? 0 : -ENAMETOOLONG;

		if (r == 0)
			r = wholefile_write(AT_FDCWD, path, s->bytes[i], s->len[i], 0644);
		if (r < 0)
			return fail(s->command, "%s: %s", path, strerror(-r));
	}
	return 0;
}

/* In a folder of its own, which is gone afterwards, also after a signal. */
static int rebuild_files(struct source *s, char ret_reason[static REBUILD_REASON_MAX])
{
	const struct rebuild how = { .command = s->command, .release = s->folder, .is_part = true };
	int gone, r = rebuild_folder(s->command, "rampart-release", s->folder);

	if (r)
		return r;
	r = write_files(s);
	if (r == 0)
		r = rebuild(&how, ret_reason);
	gone = remove_folder(s->folder);
	if (gone < 0)
		r = fail(s->command, "%s: cannot remove it: %s", s->folder, strerror(-gone));
	run_end_by_signal();
	return r;
}

static int say(const struct source *s, uint64_t bytes)
{
	const char *time;
	int r = rebuild_ready(s->command, &time);

	if (r)
		return r;
	fprintf(stderr, "rampart %s: from source: gets %d files, %llu bytes, from %s:", s->command,
		N_WANTED, (unsigned long long)bytes, s->address);
	for (size_t i = 0; i < N_WANTED; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", s->path[i]);
	fprintf(stderr, "\nrampart %s: from source: then builds, which takes %s\n", s->command,
		time);
	return 0;
}

int fromsource(const char *command, const char *address, struct rampart_feed *feed,
	       const char *golden_sha256, char ret_reason[static REBUILD_REASON_MAX])
{
	struct source s = { .command = command, .address = address, .feed = feed };
	const char *golden = find_golden(feed, golden_sha256);
	uint64_t bytes;
	int r;

	if (!golden)
		return fail(command,
			    "--from-source: the golden values that match are not of the feed, so "
			    "their source is not known");
	r = find_files(&s, golden, &bytes);
	if (r == 0)
		r = say(&s, bytes);
	if (r == 0)
		r = get_files(&s);
	if (r == 0)
		r = rebuild_files(&s, ret_reason);
	for (size_t i = 0; i < N_WANTED; i++) {
		free(s.path[i]);
		free(s.bytes[i]);
	}
	return r;
}
