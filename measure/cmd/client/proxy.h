/* SPDX-License-Identifier: MIT */
/*
 * The state of `rampart connect`, shared by its main thread, which accepts, a thread for each
 * client, and the keeper (keeper.h), which verifies again from time to time.
 */
#ifndef MEASURE_CMD_CLIENT_PROXY_H
#define MEASURE_CMD_CLIENT_PROXY_H

#include <pthread.h>

#include "measure/cmd/client/attest.h"
#include "measure/cmd/client/gate.h"
#include "measure/cmd/client/live.h"
#include "measure/cmd/client/pins.h"
#include "measure/cmd/client/places.h"
#include "measure/cmd/client/refused.h"

#define PROXY_WHY_MAX (2 * sizeof(struct rampart_error) + 128)

/* These do not change once it runs; borrowed. */
struct proxy_setup {
	struct url url[PLACES_URLS_MAX];
	size_t n_urls;
	unsigned timeout_s;  /* of a whole proof */
	unsigned interval_s; /* between proofs of a place */
	const char *log;     /* a file that each proof is a line of; NULL: none */
	const char *history; /* the same as history.h has it, if record; NULL: the default */
	bool record;
	struct gate gate; /* its port may be set until the first client is served */
};

#define PROXY_RETIRED_MAX 64

/* A policy in use: a feed may put another in its place, while threads still verify with this one. */
struct proxy_policy {
	struct rampart_policy *policy; /* owned */
	unsigned users; /* those threads, and the proxy while it is its current one */
};

struct proxy {
	struct proxy_setup setup;
	int drain;    /* eventfd; readable: no further requests. See tunnel.h */
	int all_gone; /* eventfd; readable after the last client has gone */
	int wake;     /* eventfd; the keeper looks again when it is due */

	pthread_mutex_t lock;	     /* of all that follows */
	bool serving;		     /* the first proof is over */
	struct proxy_policy *policy; /* the current one */
	struct places places;
	struct refused refused;
	struct live *live;
	struct pins pins;
	/* Activations of forgotten machines: threads that verify may still read them. */
	struct rampart_activation *retired[PROXY_RETIRED_MAX];
	size_t n_retired;
	struct rampart_sightings *sightings;
	unsigned n_proving, n_clients;
	struct {
		bool looking;
		int64_t next; /* when the name is looked up again, of instant_ms() */
		struct rampart_error error;
	} name[PLACES_URLS_MAX];
};

/* 0, or -1 if memory or descriptors ran out. Takes over the policy, also on failure. */
int proxy_init(struct proxy *proxy, const struct proxy_setup *setup, struct rampart_policy *policy);

/* The current policy, until it is given back. Both lock. */
struct proxy_policy *proxy_policy_take(struct proxy *proxy);
void proxy_policy_give(struct proxy *proxy, struct proxy_policy *policy);

/* Another one from now on, which is taken over also on failure: -1, no memory. Locks. */
int proxy_policy_set(struct proxy *proxy, struct rampart_policy *policy);

#endif
