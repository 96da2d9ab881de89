/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/configlines.h"

#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/instance.h"

int configlines(const char *command, const struct imageconf *conf, struct draft *draft)
{
	enum plan_source source = machine_source(conf->machine);
	const char *kind = machine_names[conf->machine];
	char names[INSTANCE_NAMES_MAX];

	if (machine_reports(conf->machine))
		draft_line(draft, "report %s", kind);
	if (!conf->config_allow)
		return 0;
	if (source == PLAN_NO_SOURCE)
		return fail(command, "%s: [config] allow: machines of kind %s have no source of it",
			    conf->path, kind);
	if (conf->source && strncmp(plan_sources[source], conf->source, strlen(conf->source)))
		return fail(command, "%s: [config] source = %s: machines of kind %s have %s",
			    conf->path, conf->source, kind,
			    source == PLAN_FW_CFG ? "fw_cfg" : "imds");
	instance_names(conf->config_allow & ~INSTANCE_LATE, ", ", names);
	if (source != PLAN_FW_CFG && names[0])
		return fail(command,
			    "%s: [config] allow: %s: machines of kind %s read it over the network, "
			    "when it is too late for that",
			    conf->path, names, kind);
	instance_names(conf->config_allow, " ", names);
	draft_line(draft, "config.allow %s", names);
	draft_line(draft, "config.source %s", plan_sources[source]);
	return 0;
}
