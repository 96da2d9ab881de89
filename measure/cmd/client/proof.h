/* SPDX-License-Identifier: MIT */
/* What `rampart connect` makes of a machine over a channel to it. */
#ifndef MEASURE_CMD_CLIENT_PROOF_H
#define MEASURE_CMD_CLIENT_PROOF_H

#include "measure/cmd/client/proxy.h"

enum proof_end { PROOF_HOLDS, PROOF_FAILS, PROOF_UNSURE };

/*
 * Verifies the machine at the other end of a->channel, which is open, with what is known of others,
 * and pins it if it holds. Otherwise what is wrong is in why, one line. Does not lock for long.
 */
enum proof_end prove(struct proxy *proxy, struct attested *a, char why[static PROXY_WHY_MAX]);

#endif
