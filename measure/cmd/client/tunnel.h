/* SPDX-License-Identifier: MIT */
/*
 * Relays the requests of a local connection and their answers over a channel, one request at a
 * time. Each request's head is judged before a byte of it goes on: see gate.h.
 */
#ifndef MEASURE_CMD_CLIENT_TUNNEL_H
#define MEASURE_CMD_CLIENT_TUNNEL_H

#include "measure/cmd/client/channel.h"
#include "measure/cmd/client/gate.h"

struct tunnel;

/* Borrows both, and closes nothing. NULL if memory ran out. */
struct tunnel *tunnel_new(int local, const struct gate *gate);
void tunnel_free(struct tunnel *tunnel);

enum tunnel_end {
	TUNNEL_OVER,
	TUNNEL_WANTS_MACHINE /* a request waits for a channel */
};

/* Descriptors that become readable once and stay so. */
struct tunnel_ends {
	int cut;   /* both directions end at once */
	int drain; /* the answer to the request that is out is the last; without one, it ends now */
};

/*
 * Runs until both directions have ended, one side fails, or, without a channel (NULL), a request is
 * ready that may go to one: so a machine is asked for its proof only when there is a request for
 * it, and what is refused is refused before that. Each direction ends by itself: the end of the
 * local program's bytes goes to the machine as close_notify.
 */
enum tunnel_end tunnel_run(struct tunnel *tunnel, struct channel *channel,
			   const struct tunnel_ends *ends);

/*
 * Answers the waiting request with a reason of one line, and prints that on standard error too;
 * then tunnel_run() ends after it.
 */
void tunnel_refuse(struct tunnel *tunnel, const char *status, const char *why);

#endif
