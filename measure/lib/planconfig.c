/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "measure/lib/instance.h"
#include "measure/lib/plankeys.h"
#include "measure/lib/planvalue.h"

int planconfig_allow(struct plan *plan, char *value, const char **ret_why)
{
	for (size_t len;; value += len + 1) {
		enum instance_key key;

		len = strcspn(value, " ");
		key = instance_key_find(value, len);
		if (key == INSTANCE_KEYS_N)
			return plan_broken(
				ret_why,
				"not keys of an instance configuration: address, "
				"gateway, hostname, log-host, mtu, with one space between");
		if (plan->config_allow >> key)
			return plan_broken(ret_why, "keys are not sorted, or one appears twice");
		plan->config_allow |= 1u << key;
		if (value[len] == '\0')
			break;
	}
	if (plan->config_allow & 1u << INSTANCE_GATEWAY &&
	    !(plan->config_allow & 1u << INSTANCE_ADDRESS))
		return plan_broken(ret_why,
				   "gateway without address, beside which alone it may be");
	return 0;
}

const char *const plan_sources[_PLAN_SOURCE_MAX] = { "", "fw_cfg", "imds-gce", "imds-aws",
						     "imds-azure" };

int planconfig_source(struct plan *plan, char *value, const char **ret_why)
{
	enum plan_source source = PLAN_FW_CFG;

	while (source < _PLAN_SOURCE_MAX && strcmp(plan_sources[source], value))
		source++;
	if (source == _PLAN_SOURCE_MAX)
		return plan_broken(ret_why, "config.source is not fw_cfg, imds-gce, imds-aws or "
					    "imds-azure");
	plan->config_source = source;
	return 0;
}

const char *planconfig_fault(const struct plan *plan)
{
	if (!plan->config_allow != (plan->config_source == PLAN_NO_SOURCE))
		return "config.allow without config.source, or that without it";
	if (plan->config_source == PLAN_NO_SOURCE)
		return NULL;
	if (plan->config_source >= PLAN_IMDS_GCE)
		return plan->config_allow & ~INSTANCE_LATE
			       ? "config.allow with keys of the network, over which config.source "
				 "is asked"
			       : NULL;
	for (size_t i = 0; i < plan->n_module; i++)
		if (!strcmp(plan->module[i].name, PLAN_FW_CFG_MODULE))
			return plan->module[i].volume ? "module " PLAN_FW_CFG_MODULE
							" is not one of a volume"
						      : NULL;
	return "config.source fw_cfg without the module " PLAN_FW_CFG_MODULE;
}
