/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/configlines.h"

#include "measure/cmd/cmd.h"
#include "measure/lib/instance.h"

int configlines(const char *command, const struct imageconf *conf, struct draft *draft)
{
	char names[INSTANCE_NAMES_MAX];

	if (machine_reports(conf->machine))
		draft_line(draft, "report %s", machine_names[conf->machine]);
	if (!conf->config_allow)
		return 0;
	if (!machine_has_config(conf->machine))
		return fail(command, "%s: [config] allow: machines of kind %s have no source of it",
			    conf->path, machine_names[conf->machine]);
	instance_names(conf->config_allow, " ", names);
	draft_line(draft, "config.allow %s", names);
	draft_line(draft, "config.source fw_cfg");
	return 0;
}
