/* SPDX-License-Identifier: MIT */
/* The inside of imageconf.c: values of [gateway]. */
#ifndef MEASURE_CMD_PLAN_IMAGECONF_GATEWAY_H
#define MEASURE_CMD_PLAN_IMAGECONF_GATEWAY_H

#include "measure/cmd/words.h"

/*
 * Adds one value of allow, key, rate or upgrade to its list, as the plan has it. 0, -ENOMEM, or
 * -EPROTO with *ret_why, a static string: what to write instead.
 */
int imageconf_gateway_set(const char *key, struct words *list, const char *value,
			  const char **ret_why);

#endif
