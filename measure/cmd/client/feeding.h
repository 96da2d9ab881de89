/* SPDX-License-Identifier: MIT */
/* A feed as a command's options name it: fetched, checked, remembered. */
#ifndef MEASURE_CMD_CLIENT_FEEDING_H
#define MEASURE_CMD_CLIENT_FEEDING_H

#include <stddef.h>
#include <stdint.h>

#include "measure/rampart.h"

/*
 * The feed at address (web.h), as the root.json at root pins it, now. What is new is kept (feedstate.h). If it cannot be
 * reached, what was kept is taken while it is valid, and ret_held says why in one line; it is "" otherwise. What is refused is an
 * error, whatever was kept. 0, or -1 with a line in error.
 */
int feeding(const char *address, const char *root, int64_t now, struct rampart_feed **ret_feed,
	    struct rampart_error *ret_held, struct rampart_error *error);

#endif
