/* SPDX-License-Identifier: MIT */
/* The plan's lines of [config]. */
#ifndef MEASURE_CMD_PLAN_CONFIGLINES_H
#define MEASURE_CMD_PLAN_CONFIGLINES_H

#include "measure/cmd/plan/draft.h"
#include "measure/cmd/plan/imageconf.h"

/* Adds them. Fails as fail() does, if the kind of machine has no source of such a configuration. */
int configlines(const char *command, const struct imageconf *conf, struct draft *draft);

#endif
