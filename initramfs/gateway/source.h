/* SPDX-License-Identifier: MIT */
/*
 * Where connections come from: an IPv4 address, or the /64 of an IPv6 address, which is what one
 * client has of those. What connections of one source hold together is counted here, so that one
 * client cannot keep the others out: its share of each kind is what a program alone at it may well
 * use, and under pressure the source that holds most gives way. Pure.
 */
#ifndef GATEWAY_SOURCE_H
#define GATEWAY_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "initramfs/gateway/list.h"
#include "initramfs/gateway/loop.h"

enum source_kind {
	SOURCE_CONNS,	    /* connections */
	SOURCE_HANDSHAKES,  /* unfinished ones */
	SOURCE_INNER,	    /* inner connections, asked for and open */
	SOURCE_RUNNING,	    /* requests in the container, if the plan counts them */
	SOURCE_QUEUED,	    /* those that wait for that */
	SOURCE_UPLOADS,	    /* large contents on their way */
	SOURCE_DELAYED,	    /* those that wait for that */
	SOURCE_ACTIVATIONS, /* credentials that wait for the quoter */
	_SOURCE_KINDS
};

struct source {
	struct list bucket, all; /* source.c's */
	uint64_t key;
	size_t n_users;
	size_t n[_SOURCE_KINDS];
	struct share share; /* of the thread's time */
	size_t n_grown;	    /* bytes of its flows that are counted (flow.h) */

	/* quotes.c's: */
	uint64_t activated; /* which one of all was its last credential */
	uint64_t quote;	    /* which one of all is the quote that it was in last, */
	size_t n_leaves;    /* and how often */
};

/* Once, with a number that nobody else knows: which addresses meet in the table must not be
 * foreseen. */
void source_init(uint64_t seed);

/* The source of a peer's address; each call counts as a user. NULL: no memory. */
struct source *source_take(const struct sockaddr_storage *peer);

/* One user less; without users it is forgotten. */
void source_give(struct source *source);

/* One more, and one less, of a kind. */
void source_add(struct source *source, enum source_kind kind);
void source_drop(struct source *source, enum source_kind kind);

/* How many there are of a kind, and the most that one source holds. */
size_t source_total(enum source_kind kind);
size_t source_most(enum source_kind kind);

/*
 * At whose cost a source may have one more of a kind, of which there are `all`: nobody's while
 * there are free ones and it has not its share, which is three quarters, rounded up; its own when it has; and
 * when none is free, at that of those who hold most, which may be its own.
 */
enum source_cost { SOURCE_NOBODYS, SOURCE_OWN, SOURCE_LARGEST };
enum source_cost source_cost(const struct source *source, enum source_kind kind, size_t all);

#endif
