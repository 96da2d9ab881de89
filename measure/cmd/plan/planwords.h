/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CMD_PLAN_PLANWORDS_H
#define MEASURE_CMD_PLAN_PLANWORDS_H

#include <stdio.h>

#include "measure/lib/plan.h"

/* What the guest will do with this plan, and what it will refuse, for a person to read. */
void plan_words(const struct plan *plan, FILE *out);

#endif
