/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/fromsource.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measure/cmd/client/web.h"
#include "measure/cmd/release/asked.h"
#include "measure/cmd/release/release.h"
#include "measure/cmd/release/run.h"
#include "measure/cmd/wholefile.h"
#include "measure/lib/array.h"
#include "measure/lib/hash.h"

#define TIMEOUT_S 3600	    /* for all files */
#define FILE_MAX  (1 << 30) /* bytes of one; they are in memory for a while */

/*
 * Of every release; besides, of one for Secure Boot (scripts/secureboot/public.sh), and of one that boots from CD or
 * network.
 */
#define N_NEEDED 4
static const char *const wanted[] = {
	RELEASE_SUMS,
	RELEASE_GOLDEN,
	ASKED_FILE,
	REBUILD_SOURCE,
	RELEASE_KEYS "/KEK.auth",
	RELEASE_KEYS "/KEK.der",
	RELEASE_KEYS "/KEK.esl",
	RELEASE_KEYS "/PK.auth",
	RELEASE_KEYS "/PK.der",
	RELEASE_KEYS "/PK.esl",
	RELEASE_KEYS "/boot.p7",
	RELEASE_KEYS "/db.auth",
	RELEASE_KEYS "/db.der",
	RELEASE_KEYS "/db.esl",
	RELEASE_KEYS "/dbx.auth",
	RELEASE_KEYS "/dbx.esl",
	RELEASE_KEYS "/rampart.p7",
	RELEASE_GOLDEN_CD,
	RELEASE_GOLDEN_NETWORK,
};
#define N_WANTED ARRAY_SIZE(wanted)

struct source {
	const char *command, *address;
	struct rampart_feed *feed;
	char *path[N_WANTED]; /* of targets; owned, as bytes; NULL: the release has none such */
	uint8_t *bytes[N_WANTED];
	size_t len[N_WANTED];
	char folder[PATH_MAX];
};

/* The path of the golden values with this digest; NULL: there is none. */
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

/* All that are needed are named; how many files it is, and how many bytes they have together. */
static int find_files(struct source *s, const char *golden, size_t *ret_n, uint64_t *ret_bytes)
{
	const char *slash = strrchr(golden, '/');
	int folder = slash ? (int)(slash + 1 - golden) : 0;

	*ret_bytes = 0;
	*ret_n = 0;
	for (size_t i = 0; i < N_WANTED; i++) {
		struct rampart_feed_file file;
		struct rampart_error error;
		int r;

		if (asprintf(&s->path[i], "%.*s%s", folder, golden, wanted[i]) < 0) {
			s->path[i] = NULL;
			return fail(s->command, "out of memory");
		}
		r = rampart_feed_target(s->feed, s->path[i], &file, &error);
		if (r == -ENOENT && i >= N_NEEDED) {
			free(s->path[i]);
			s->path[i] = NULL;
			continue;
		}
		if (r < 0)
			return fail(s->command,
				    "--feed %s: %s: this release is there without its source; its "
				    "keeper can add it, or use the folder of the release: rampart "
				    "rebuild-check",
				    s->address, error.text);
		if (file.max > FILE_MAX)
			return fail(s->command, "--feed %s: %s: more than %d bytes", s->address,
				    s->path[i], FILE_MAX);
		*ret_bytes += file.max;
		++*ret_n;
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
		r = s->path[i] ? get_file(s, web, i) : 0;
	web_free(web);
	return r;
}

static int write_files(const struct source *s)
{
	char keys[PATH_MAX];

	if (s->path[N_NEEDED] && path_in(s->folder, RELEASE_KEYS, keys) && mkdir(keys, 0755) < 0)
		return fail(s->command, "%s: %s", keys, strerror(errno));
	for (size_t i = 0; i < N_WANTED; i++) {
		char path[PATH_MAX];
		int r = path_in(s->folder, wanted[i], path) ? 0 : -ENAMETOOLONG;

		if (r == 0 && s->path[i])
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

static int say(const struct source *s, size_t n, uint64_t bytes)
{
	const char *time;
	int r = rebuild_ready(s->command, &time);

	if (r)
		return r;
	fprintf(stderr, "rampart %s: from source: gets %zu files, %llu bytes, from %s:", s->command,
		n, (unsigned long long)bytes, s->address);
	for (size_t i = 0; i < N_WANTED; i++)
		if (s->path[i])
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
	size_t n;
	int r;

	if (!golden)
		return fail(command,
			    "--from-source: the golden values that match are not of the feed, so "
			    "their source is not known");
	r = find_files(&s, golden, &n, &bytes);
	if (r == 0)
		r = say(&s, n, bytes);
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
