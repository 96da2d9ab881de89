/* SPDX-License-Identifier: MIT */
/*
 * One file of TUF metadata: its form, who signed it, and what it says of other files. What follows
 * from them together is feed.c.
 *
 * Source: The Update Framework Specification 1.0.33, section 4 "Document formats".
 */
#ifndef MEASURE_VERIFY_FEED_METADATA_H
#define MEASURE_VERIFY_FEED_METADATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/rampart.h"

#define METADATA_DEPTH_MAX 32 /* of lists and objects; what custom has counts as well */
#define METADATA_KEYS_MAX  64 /* of a role, each of which costs the check of a signature */

enum role { ROLE_ROOT, ROLE_TIMESTAMP, ROLE_SNAPSHOT, ROLE_TARGETS, _ROLE_MAX };

/* "root". Static. */
const char *role_name(enum role role);

/* All zero: there is none. */
struct metadata {
	enum role role;
	json_t *json;	    /* owned; NULL: there is none */
	const json_t *body; /* what is signed */
	int64_t version;    /* at least 1 */
	int64_t expires;    /* when it ends, Unix seconds */
	char *text;	    /* owned: as it came, len bytes */
	size_t len;
};

/*
 * Reads a text of this role and checks its form; members that nobody knows are passed over, as the
 * specification wants. -EBADMSG not JSON, -EPROTO, -ENOTSUP another major version of the
 * specification, -EFBIG, -ENOMEM; error begins with the role.
 */
int metadata_parse(enum role role, const char *text, size_t len, struct metadata *ret,
		   struct rampart_error *error);
void metadata_done(struct metadata *metadata);

/*
 * Whether enough of the keys that root names for this role signed it. A key counts once, under
 * whatever keyids it stands; keyids themselves say nothing. -EPROTO: too few. What else than
 * ed25519 and rampart-ml-dsa-65 is in the list of keys counts for nothing.
 */
int metadata_verify(const struct metadata *root, const struct metadata *metadata,
		    struct rampart_error *error);

/* Whether two roots name the same keys and threshold for a role. */
bool metadata_same_keys(const struct metadata *a, const struct metadata *b, enum role role);

/* -EPROTO: it has ended at this time. */
int metadata_current(const struct metadata *metadata, int64_t time, struct rampart_error *error);

/* What metadata says of another file. */
struct file_meta {
	int64_t version; /* 0: not said, as of targets */
	bool has_length;
	uint64_t length;     /* bytes, if has_length */
	bool has[_HASH_MAX]; /* of sha256, sha384, sha512 */
	struct digest digest[_HASH_MAX];
};

/*
 * json may be NULL. of: whose word it is, for the error; name: the file. Of metadata the version must be
 * there, of a target length and a known hash. -EPROTO; -ENOTSUP: no hash is known.
 */
int file_meta_read(const json_t *json, const char *of, const char *name, bool is_target,
		   struct file_meta *ret, struct rampart_error *error);

/* Whether these are the bytes, as far as length and hashes are said. -EPROTO: they are not. */
int file_meta_check(const struct file_meta *meta, const char *name, const void *bytes, size_t len,
		    struct rampart_error *error);

/* "2026-11-30T07:00:00Z" and nothing else; -EBADMSG. json may be NULL. */
int metadata_time(const json_t *json, int64_t *ret_time);

#define METADATA_TIME_MAX 32
void metadata_print_time(int64_t time, char buf[static METADATA_TIME_MAX]);

#endif
