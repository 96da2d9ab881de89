/* SPDX-License-Identifier: MIT */
/*
 * Looks at the feed of `rampart connect` again from time to time: what it names then is what is accepted. Connections
 * go on as long as the golden values of their proof do, and end with them.
 */
#ifndef MEASURE_CMD_CLIENT_RENEWAL_H
#define MEASURE_CMD_CLIENT_RENEWAL_H

#include "measure/cmd/client/proxy.h"

#define RENEWAL_S 3600 /* of --refresh, if it is not given */

struct renewal {
	struct proxy *proxy;
	const struct trust_options *trust; /* borrowed, for good */
	struct rampart_feed *feed;	   /* as it was when it was last looked at; owned */
	unsigned refresh_s;		   /* at most, between two looks */
};

/*
 * After the first proof, with a thread of its own that runs as long as the program does. Copied. 0, or -1: no thread
 * can be made.
 */
int renewal_start(const struct renewal *renewal);

#endif
