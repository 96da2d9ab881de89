/* SPDX-License-Identifier: MIT */
/*
 * Requests of a local connection and their answers over a channel, one at a time, and their bytes
 * as they come. Each request's head is judged before a byte of it goes on: see gate.h.
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

/*
 * Goes on until both directions have ended, one side fails, or, without a channel (NULL), a request
 * is there that may go to one: so a machine is only asked for its proof when there is something to
 * ask it, and what is refused is refused before. Each direction ends by itself: the end of the
 * local program's bytes goes to the machine as close_notify. stop is a descriptor; when it becomes
 * readable, both are cut at once.
 */
enum tunnel_end tunnel_run(struct tunnel *tunnel, struct channel *channel, int stop);

/* Answers the request that waits, with a reason of one line, and says it on standard error too;
 * then tunnel_run() ends with it. */
void tunnel_refuse(struct tunnel *tunnel, const char *status, const char *why);

#endif
