/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_CMD_PLAN_PLANWORDS_H
#define MEASURE_CMD_PLAN_PLANWORDS_H

#include <stdint.h>
#include <stdio.h>

#include "measure/lib/plan.h"

/* Describes in words what the guest will do with this plan, and what it will refuse. */
void plan_words(const struct plan *plan, FILE *out);

/* 67108864 -> "64 MiB"; what is not a whole number of a unit stays in bytes. */
void planwords_size(FILE *out, uint64_t bytes);

/* Its part about requests. */
void planwords_gateway(const struct plan *plan, FILE *out);

#endif
