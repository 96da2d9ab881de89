/* SPDX-License-Identifier: MIT */
/*
 * The state of `rampart connect`, between its main thread, which accepts, a thread for each client,
 * and one that verifies again from time to time.
 */
#ifndef MEASURE_CMD_PROXY_H
#define MEASURE_CMD_PROXY_H

#include <pthread.h>

#include "attest.h"

#define PROXY_CLIENTS_MAX 256
#define PROXY_WHY_MAX	  (2 * CHANNEL_ERROR_MAX + 128)

/* The tunnels that stand on what was verified so far; cut together when it no longer holds. */
struct proxy_era {
	int cut;	/* eventfd; readable: cut */
	unsigned users; /* under the proxy's lock, as everything below */
};

struct proxy {
	struct url url;
	const struct rampart_policy *policy;
	pthread_mutex_t lock;
	struct proxy_era *era;
	struct rampart_activation *activation; /* from the last time it was needed; NULL */
	struct rampart_activation *older[64];  /* may still be read by a thread; freed at the end */
	size_t n_older;
	char identity[65]; /* SHA-256 of the key that is pinned; "" before the first */
	unsigned n_clients;
};

/* 0, or -1 if memory or descriptors ran out. */
int proxy_init(struct proxy *proxy, const struct url *url, const struct rampart_policy *policy);

/*
 * Connects and verifies. 0: all holds, and a->channel is good to use; otherwise -1, and what is
 * wrong is in why, one line. A key other than the pinned one holds like any other if its machine
 * proves itself; it is then pinned, and said on standard error. attested_done(a) in either case.
 */
int proxy_attest(struct proxy *proxy, struct attested *a, char why[static PROXY_WHY_MAX]);

/* Takes a client over: a thread serves and closes it. */
void proxy_serve(struct proxy *proxy, int client);

/* Verifies again on a connection of its own; cuts every tunnel if that does not hold. */
void proxy_recheck(struct proxy *proxy);

#endif
