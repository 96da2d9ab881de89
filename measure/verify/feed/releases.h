/* SPDX-License-Identifier: MIT */
/*
 * The releases that a feed's targets name: each golden.json, with the files beside it that speak for
 * it, and whether this client may go there. MEASUREMENTS.md, "The feed".
 */
#ifndef MEASURE_VERIFY_FEED_RELEASES_H
#define MEASURE_VERIFY_FEED_RELEASES_H

#include "measure/verify/feed/metadata.h"

/* Golden values that are valid, or soon: some releases, on some platforms, of three media each. */
#define RELEASES_MAX	   192
#define RELEASES_FILES_MAX (16 * RELEASES_MAX)
#define GOLDEN_MAX	   (16 << 20) /* bytes */
#define COMPANION_MAX	   (1 << 20)  /* bytes of a file beside it */

/* What speaks for golden values, by the end of its name. */
enum feed_file_kind { FEED_GOLDEN, FEED_SIGNATURE, FEED_PROOF };

struct feed_file {
	enum feed_file_kind kind;
	size_t release;	  /* its index */
	const char *path; /* borrowed from targets */
	struct file_meta meta;
	char *text; /* owned, a NUL behind it; NULL: not taken yet */
	size_t len;
};

struct release {
	struct rampart_feed_release public;
	size_t file; /* index of its golden values; those beside it follow */
	char refused[256];
};

/* All zero: none. */
struct releases {
	struct release *list;	/* owned */
	struct feed_file *file; /* owned */
	size_t n, n_files;
	char *aside[RELEASES_MAX]; /* owned: what cannot be used of the feed's, and why */
	size_t n_aside;
};

/* Whether a path may be one below a folder or an address: no component is empty or begins with a dot. */
bool releases_is_path(const char *path);

/*
 * targets must outlive it. What is no release, or has files that cannot be got, is set aside, and the others
 * hold. -EPROTO: a path leads out of the feed, or there is no release that can be used, with the reason for
 * each; -EFBIG; -ENOMEM.
 */
int releases_read(const struct metadata *targets, struct releases *ret,
		  struct rampart_error *error);
void releases_done(struct releases *releases);

/* "FIRST; SECOND", as far as they fit, behind what begins the error: -EPROTO. */
int releases_refuse(const char *begin, char *const *aside, size_t n, struct rampart_error *error);

/*
 * What was accepted before: of each image the highest counter, and those that were valid when it was last
 * looked. known: an object, or NULL. Sets each release's refused, and puts what is known from then on into
 * *ret_known, a new reference. A release below the highest is refused unless it was valid without a
 * break. -ENOMEM.
 */
int releases_judge(struct releases *releases, const json_t *known, int64_t time, json_t **ret_known,
		   struct rampart_error *error);

#endif
