/* SPDX-License-Identifier: MIT */
/* What is new in a feed, as lines on standard error. */
#ifndef MEASURE_CMD_CLIENT_FEEDNEWS_H
#define MEASURE_CMD_CLIENT_FEEDNEWS_H

#include "measure/rampart.h"

/*
 * Which golden values came, went, or end at another time, from the one look at it to the next; for those
 * that came, by which events they differ from the last ones of their image, as in `rampart diff`.
 */
void feednews(const struct rampart_feed *before, const struct rampart_feed *now);

#endif
