/* SPDX-License-Identifier: MIT */
/*
 * The state of `rampart connect`, shared by its main thread, which accepts, a thread for each
 * client, and one that verifies again from time to time.
 */
#ifndef MEASURE_CMD_CLIENT_PROXY_H
#define MEASURE_CMD_CLIENT_PROXY_H

#include <pthread.h>

#include "measure/cmd/client/attest.h"
#include "measure/cmd/client/gate.h"
#include "measure/cmd/client/pins.h"

#define PROXY_CLIENTS_MAX 256
#define PROXY_WHY_MAX	  (2 * sizeof(struct rampart_error) + 128)

/* The tunnels that rely on the last verification; cut together when it no longer holds. */
struct proxy_era {
	int cut;	/* eventfd; readable: cut */
	unsigned users; /* under the proxy's lock, like everything below */
};

/* These do not change once it runs; borrowed. */
struct proxy_setup {
	struct url url;
	const struct rampart_policy *policy;
	unsigned timeout_s; /* of a whole proof */
	struct gate gate;   /* its port may be set until the first client is served */
};

#define PROXY_RETIRED_MAX 64

struct proxy {
	struct proxy_setup setup;
	pthread_mutex_t lock;
	struct proxy_era *era;
	struct pins pins;
	/* Activations of forgotten machines: threads that verify may still read them. */
	struct rampart_activation *retired[PROXY_RETIRED_MAX];
	size_t n_retired;
	struct rampart_sightings *sightings;
	unsigned n_proving, n_clients;
};

/* 0, or -1 if memory or descriptors ran out. */
int proxy_init(struct proxy *proxy, const struct proxy_setup *setup);

/*
 * Connects and verifies. 0: all holds, and a->channel is good to use; otherwise -1, and what is
 * wrong is in why, one line. Another machine, or one with another key, holds like any other if it
 * proves itself; it is then pinned and reported on standard error. attested_done(a) in either case.
 */
int proxy_attest(struct proxy *proxy, struct attested *a, char why[static PROXY_WHY_MAX]);

/* Takes ownership of a client: a thread serves and closes it. */
void proxy_serve(struct proxy *proxy, int client);

/* Verifies again on a connection of its own; cuts every tunnel if that does not hold. */
void proxy_recheck(struct proxy *proxy);

#endif
