/* SPDX-License-Identifier: MIT */
/*
 * What init tells the gateway of the boot, while it loads what the gateway will serve: messages of
 * PROGRESS_LEN bytes through a pipe that leads one way, a stage and a percentage of status.h. The
 * first one lets the gateway open its port. Init never waits for room in the pipe: a message that
 * finds none is missing, and a later one says more.
 */
#ifndef GUEST_PROGRESS_H
#define GUEST_PROGRESS_H

#include <stdint.h>

#include "measure/lib/status.h"

#define PROGRESS_LEN 2

void progress_write(const struct status *status, uint8_t ret_message[static PROGRESS_LEN]);

/*
 * The status that a message tells. -EBADMSG: no stage of init's ("serving" is the gateway's own to
 * say), or no percentage; -EPROTO: it is behind last, which is the one before.
 */
int progress_read(const uint8_t message[static PROGRESS_LEN], const struct status *last,
		  struct status *ret_status);

#endif
