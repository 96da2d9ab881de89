/* SPDX-License-Identifier: MIT */
/*
 * Proves each place again from time to time, and those that are set aside with growing pauses, each
 * in a thread of its own. Where no proof holds, the connections are cut.
 */
#ifndef MEASURE_CMD_CLIENT_KEEPER_H
#define MEASURE_CMD_CLIENT_KEEPER_H

#include "measure/cmd/client/proxy.h"

/* After the first proof. Runs as long as the program does. 0, or -1: no thread can be made. */
int keeper_start(struct proxy *proxy);

#endif
