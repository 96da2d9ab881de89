/* SPDX-License-Identifier: MIT */
/*
 * A feed's repository in memory, and a client that walks over it: each case is a good one with one
 * thing changed. What cannot be made ends the program.
 */
#ifndef TESTS_LIB_FEEDREPO_H
#define TESTS_LIB_FEEDREPO_H

#include <jansson.h>

#include "measure/verify/feed/feed.h"
#include "measure/verify/signature/signkey.h"

#define FEED_KEYS      7
#define FEED_MLDSA_KEY 6 /* the others are of ed25519 */

/* A repository before it is signed: which keys stand for a role, which sign, and what it says. */
struct repo {
	unsigned keys[_ROLE_MAX], signs[_ROLE_MAX]; /* bits of key[] */
	int threshold[_ROLE_MAX];
	long long version[_ROLE_MAX], expires[_ROLE_MAX];
	bool plain;	     /* no consistent snapshots */
	bool no_lengths;     /* metadata names others by version alone */
	json_t *targets;     /* owned: the member of that name */
	json_t *delegations; /* owned, or NULL */
};

/* feedrepo_start() makes the keys, and three golden.json. */
extern char feed_golden[3][65536]; /* the last says of itself that it is release 2 */
void feedrepo_start(void);
void feedrepo_end(void);

/*
 * Valid, with feed_golden[0] as release 1, and an empty world. Keys of root: 0 and 1 of 0, 1, 2;
 * of targets: 3; of snapshot and timestamp: 4.
 */
struct repo good(void);
void repo_done(struct repo *r);

/* Its golden.json as a target and as a file; from, until: Unix seconds. */
void add_release(struct repo *r, const char *path, const char *text, int release, long long from,
		 long long until);

/* The world: files by path. publish() signs all four roles into it. text: owned by it from then on. */
extern json_t *feed_world;
void publish(const struct repo *r);
void publish_root(const struct repo *r);
void put_file(const char *path, char *text);
const char *file_at(const char *path); /* NULL: not there */

/* What metadata says of a file; version 0: of a target. */
json_t *describe(const char *text, long long version);

/* Takes body; signers: bits of the keys. The file, for free(). */
char *feed_sign(json_t *body, unsigned signers);
const char *keyid(unsigned i);

/* The client, and what it says if it refuses. */
extern struct rampart_feed *feed;
extern struct rampart_error feed_error;

int begin(const char *root, long long now); /* pins this root.json */
int walk(void);				    /* takes all that is wanted from the world */

/* publish(), and the first look of a client that pins root 1. */
int look(const struct repo *r);

/* The next look of one that has what the last one had; r NULL: while nothing can be reached. */
int look_again(long long now, struct repo *r);

/* Two checks: what it returned, and that feed_error has why in it. */
void says(int got, int want, const char *why, const char *name);

#endif
