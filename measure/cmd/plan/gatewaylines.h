/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CMD_PLAN_GATEWAYLINES_H
#define MEASURE_CMD_PLAN_GATEWAYLINES_H

#include "measure/cmd/plan/imageconf.h"

/* Adds the lines of the plan about the gateway. 0 or -ENOMEM. Sorts the lists of conf. */
int gatewaylines(const struct imageconf *conf, struct words *lines);

#endif
