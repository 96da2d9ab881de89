/* SPDX-License-Identifier: MIT */
/* How far the machine is (status.h): set by startup.h, and what requests are judged by. */
#ifndef GATEWAY_READY_H
#define GATEWAY_READY_H

#include <stdbool.h>

#include "measure/lib/status.h"

const struct status *ready_status(void);
void ready_set(const struct status *status);

/* Whether the gateway serves. Once it does, it always does. */
static inline bool is_ready(void)
{
	return ready_status()->stage == STATUS_SERVING;
}

#endif
