/* SPDX-License-Identifier: MIT */
/*
 * What happens before the gateway serves, in this order:
 *
 *	1. Init has measured the key and tells how far it has loaded what the machine will serve
 *	   (common/progress.h). If the plan says so (gateway.status), the port opens at its first
 *	   word, for few connections at once: their memory must not be missed by what is loaded.
 *	   Whoever asks is told the status (ready.h), and that all else is not ready yet.
 *	2. The PCRs are capped, and the quoter says hello. Both logs are complete then.
 *	3. The container accepts a connection. A program in another namespace cannot say that it
 *	   listens; asking is the only way to know.
 *	4. The gateway serves: the port opens, or opens wide. "serving" is reported to init.
 *
 * If quoter or dialer end meanwhile, so does the loop. Init's pipe may say nothing, or something
 * that is no message; nothing but the status depends on it.
 */
#ifndef GATEWAY_STARTUP_H
#define GATEWAY_STARTUP_H

#include <stdbool.h>

#include "initramfs/common/dial.h"
#include "initramfs/gateway/identity.h"

/* After loop_init(). dial: borrowed for ever, as identity is. tells: gateway.status. 0 or negative
 * errno. */
int startup_begin(const struct identity *identity, struct dial *dial, bool tells);

/* Before every turn of the loop: milliseconds until it is to be called again in any case, or -1. */
int startup_turn(void);

#endif
