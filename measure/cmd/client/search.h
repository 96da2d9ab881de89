/* SPDX-License-Identifier: MIT */
/*
 * The search for a machine that proves itself: over the addresses that the URLs lead to, one after
 * the other, and at each over the machines that a load balancer may have behind it.
 */
#ifndef MEASURE_CMD_CLIENT_SEARCH_H
#define MEASURE_CMD_CLIENT_SEARCH_H

#include "measure/cmd/client/proxy.h"

enum search_end {
	SEARCH_FOUND,
	SEARCH_REFUSED,	 /* a machine is not the one it should be, and no other was found */
	SEARCH_STARTING, /* one has not started yet, and no other was found; why: how far it is */
	SEARCH_UNSURE	 /* none could be asked, or it cannot be told */
};

/*
 * Connects and verifies. FOUND: all holds, and a->channel is good to use; otherwise what is wrong
 * is in why, one line. A machine that fails is set aside with a line on standard error. Another
 * machine, or one with another key, holds like any other if it proves itself; it is then pinned and
 * reported there. only: at this place; -1: any. live: who searches, whose place is then the
 * machine's; the caller calls search_done() once, in any case, when the machine is not used any more.
 */
enum search_end search(struct proxy *proxy, int only, struct live *live, struct attested *a,
		       char why[static PROXY_WHY_MAX]);
void search_done(struct proxy *proxy, struct live *live, struct attested *a);

#define PLACE_NAME_MAX (URL_HOST_MAX + 64 + 16)

/* "HOST:PORT", and the address if that is a name; under the lock. */
void search_name(const struct proxy *proxy, unsigned place, char buf[static PLACE_NAME_MAX]);

#endif
