/* SPDX-License-Identifier: MIT */
/* Bytes between a local connection and a channel, in both directions. */
#ifndef MEASURE_CMD_TUNNEL_H
#define MEASURE_CMD_TUNNEL_H

#include "channel.h"

/*
 * Passes bytes on as they come until both directions have ended or one side fails. Each direction
 * ends by itself: the end of the local program's bytes goes to the machine as close_notify. stop is
 * a descriptor; when it becomes readable, both are cut at once. Does not close anything.
 */
void tunnel_run(int local, struct channel *channel, int stop);

#endif
