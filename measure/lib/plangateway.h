/* SPDX-License-Identifier: MIT */
/* Values of the plan's keys of the gateway; as struct plan_key has it (plankeys.h). */
#ifndef MEASURE_PLANGATEWAY_H
#define MEASURE_PLANGATEWAY_H

#include "measure/lib/plan.h"

int plangateway_allow(struct plan *plan, char *value, const char **ret_why);
int plangateway_body(struct plan *plan, char *value, const char **ret_why);
int plangateway_concurrency(struct plan *plan, char *value, const char **ret_why);
int plangateway_key(struct plan *plan, char *value, const char **ret_why);
int plangateway_metrics(struct plan *plan, char *value, const char **ret_why);
int plangateway_pace(struct plan *plan, char *value, const char **ret_why);
int plangateway_padding(struct plan *plan, char *value, const char **ret_why);
int plangateway_rate(struct plan *plan, char *value, const char **ret_why);
int plangateway_raw(struct plan *plan, char *value, const char **ret_why);
int plangateway_status(struct plan *plan, char *value, const char **ret_why);
int plangateway_upgrade(struct plan *plan, char *value, const char **ret_why);

#endif
