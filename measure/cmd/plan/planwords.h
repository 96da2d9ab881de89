/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CMD_PLAN_PLANWORDS_H
#define MEASURE_CMD_PLAN_PLANWORDS_H

#include <stdio.h>

#include "measure/lib/plan.h"

/* Describes in words what the guest will do with this plan, and what it will refuse. */
void plan_words(const struct plan *plan, FILE *out);

#endif
