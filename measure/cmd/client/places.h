/* SPDX-License-Identifier: MIT */
/*
 * The addresses at which machines answer, of every URL that was given: one machine at each, or a
 * load balancer before several. Which is used next, which is set aside because a proof failed
 * there, and when it is tried again. Pure: the caller hands in the time, of instant_ms(), and locks.
 */
#ifndef MEASURE_CMD_CLIENT_PLACES_H
#define MEASURE_CMD_CLIENT_PLACES_H

#include "measure/cmd/client/tcp.h"

#define PLACES_URLS_MAX 16
#define PLACES_MAX	TCP_ADDRESSES_MAX /* further addresses are left out */

/*
 * How often one search for a machine tries each place, within the time that it has there: behind a
 * balancer another machine may answer next, and with others asking at once its turns are no
 * alternation. A place to which there is no connection is not tried again.
 */
#define PLACES_TRIES	      8

#define PLACES_BACKOFF_MS     1000  /* after the first failure; doubled for each in a row, up to */
#define PLACES_BACKOFF_MAX_MS 30000 /* this */

#define PLACES_SAID	      4 /* behind one place there may be several machines, with a reason each */

enum place_state {
	PLACE_FREE, /* no place */
	PLACE_NEW,
	PLACE_GOOD, /* the last proof held */
	PLACE_ASIDE /* it did not */
};

struct place {
	enum place_state state;
	unsigned url; /* which one leads to it */
	struct tcp_address address;
	bool gone;		    /* its name no longer leads to it: for no new connection */
	bool slow;		    /* another was connected before it: after those that are not */
	bool proving;		    /* the keeper's thread for it runs */
	unsigned users;		    /* connections to it */
	uint64_t chosen;	    /* when it was last taken, counted in choices */
	unsigned fails;		    /* in a row */
	int64_t due;		    /* when the keeper proves it next */
	bool told;		    /* that it is set aside */
	uint32_t said[PLACES_SAID]; /* hashes of the reasons that were told, the newest first */
	int64_t said_at;	    /* when the newest was */
};

struct places {
	struct place v[PLACES_MAX];
	uint64_t choices;
};

/* What a name leads to now; those that it no longer names are gone. */
void places_update(struct places *places, unsigned url, const struct tcp_addresses *found,
		   int64_t now);

/* Those that are not free and not gone. */
size_t places_count(const struct places *places);

/* One search for a machine. */
struct places_search {
	bool aside[PLACES_MAX];	   /* it was when the search began: for when there is no other */
	uint8_t spent[PLACES_MAX]; /* of PLACES_TRIES; the caller counts */
	int only;		   /* this place or none; -1: any */
};

void places_begin(const struct places *places, int only, struct places_search *ret);

/*
 * Puts into ret the places that are worth as much to this search, the best first: those that were
 * not set aside, if any is left, and of these the ones that it spent least on; the least used
 * first, then the one not taken for longest. Returns how many; 0: it is over.
 */
size_t places_choose(const struct places *places, const struct places_search *search,
		     unsigned ret[static PLACES_MAX]);

/* A connection to it begins, or ends. */
void places_enter(struct places *places, unsigned place);
void places_leave(struct places *places, unsigned place);

/*
 * A proof held there; next: when it is due, unless it was good before. True if a failure there was
 * told.
 */
bool places_held(struct places *places, unsigned place, int64_t next);

/* A proof failed there; returns after how many milliseconds it is tried again. */
int64_t places_failed(struct places *places, unsigned place, int64_t now);

/*
 * Whether to tell why, before places_failed(): it is none of the last reasons that were told, or a
 * minute has passed and the place was good again. It is then taken as told.
 */
bool places_tell(struct places *places, unsigned place, const char *why, int64_t now);

/* The next place that the keeper has to prove now, which is marked so; -1: none. */
int places_due(struct places *places, int64_t now);

/* Its proof ended; next: when it is due, unless it failed. */
void places_proved(struct places *places, unsigned place, int64_t next);

/* When places_due() has one; INT64_MAX: never. */
int64_t places_next(const struct places *places);

#endif
