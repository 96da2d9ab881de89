/* SPDX-License-Identifier: MIT */
/* The plan's keys about instance configuration; whole plans: test-plan.c. */
#include <errno.h>
#include <stdlib.h>

#include "measure/lib/instance.h"
#include "measure/lib/plan.h"
#include "tests/lib/tap.h"

#define ZERO   "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define MODULE "module.00 qemu_fw_cfg " ZERO " 9\n"
#define ALLOW  "config.allow address gateway mtu\n"
#define SOURCE "config.source fw_cfg\n"

#define NO_KEYS \
	"not keys of an instance configuration: address, gateway, hostname, log-host, mtu, with one space between"

static struct plan plan;
static struct diag diag;

static int parse(const char *allow, const char *source, const char *module)
{
	static char text[4096];
	int len = snprintf(text, sizeof(text),
			   "rampart-plan/1\narg.00 /bin/server\n%s%scontainer " ZERO " 4096\n"
			   "debug 0\nimage test\nlimit.cpu 0\nlimit.files 1024\nlimit.memory 4096\n"
			   "limit.pids 32\n%sport 8080\nrestart never\nrestart.max 0\n"
			   "restart.window 600\nscratch 0\nseccomp.container " ZERO " 8\n"
			   "seccomp.dialer " ZERO " 8\nseccomp.gateway " ZERO " 8\n"
			   "seccomp.launcher " ZERO " 8\nseccomp.quoter " ZERO " 8\n"
			   "seccomp.udhcpc " ZERO " 8\nversion 1\nworkdir /\n",
			   allow, source, module);

	diag = (struct diag){ .what = "" };
	return plan_parse(text, (size_t)len, &plan, &diag);
}

static void refused(const char *allow, const char *source, const char *module, const char *why)
{
	is_int(parse(allow, source, module), -EPROTO, allow);
	is_str(diag.what, why, "and why");
}

int main(void)
{
	is_int(parse("", "", ""), 0, "none is allowed");
	is_int(plan.config_allow, 0, "no keys");
	is_int(plan.config_source, PLAN_NO_SOURCE, "from nowhere");
	is_int(parse("", "", MODULE), 0, "the module alone allows nothing");
	is_int(plan.config_source, PLAN_NO_SOURCE, "from nowhere");

	is_int(parse(ALLOW, SOURCE, MODULE), 0, "some keys, from fw_cfg");
	is_int(plan.config_allow, 1 << INSTANCE_ADDRESS | 1 << INSTANCE_GATEWAY | 1 << INSTANCE_MTU,
	       "those keys");
	is_int(plan.config_source, PLAN_FW_CFG, "from there");
	is_int(parse("config.allow address gateway hostname log-host mtu\n", SOURCE, MODULE), 0,
	       "all keys");
	is_int(plan.config_allow, INSTANCE_ALL, "those");
	is_int(parse("config.allow hostname\n", SOURCE, MODULE), 0, "one key");

	refused("config.allow wifi\n", SOURCE, MODULE, NO_KEYS);
	refused("config.allow mtu wifi\n", SOURCE, MODULE, NO_KEYS);
	refused("config.allow address  mtu\n", SOURCE, MODULE, NO_KEYS);
	refused("config.allow address,mtu\n", SOURCE, MODULE, NO_KEYS);
	refused("config.allow mtu address\n", SOURCE, MODULE,
		"keys are not sorted, or one appears twice");
	refused("config.allow mtu mtu\n", SOURCE, MODULE,
		"keys are not sorted, or one appears twice");
	refused("config.allow gateway\n", SOURCE, MODULE,
		"gateway without address, beside which alone it may be");
	refused(ALLOW, "config.source smbios\n", MODULE,
		"config.source is not fw_cfg, imds-gce, imds-aws or imds-azure");
	refused(ALLOW, "", MODULE, "config.allow without config.source, or that without it");
	refused("", SOURCE, MODULE, "config.allow without config.source, or that without it");
	refused(ALLOW, SOURCE, "", "config.source fw_cfg without the module qemu_fw_cfg");
	refused(ALLOW, SOURCE, "module.00 qemu_fw_cfg " ZERO " 9 volume\n",
		"module qemu_fw_cfg is not one of a volume");

	for (enum plan_source source = PLAN_IMDS_GCE; source < _PLAN_SOURCE_MAX; source++) {
		char line[64];

		snprintf(line, sizeof(line), "config.source %s\n", plan_sources[source]);
		is_int(parse("config.allow hostname\n", line, ""), 0, line);
		is_int(plan.config_source, source, "from that service, without a module");
		refused("config.allow hostname mtu\n", line, "",
			"config.allow with keys of the network, over which config.source is asked");
		refused("", line, "", "config.allow without config.source, or that without it");
	}
	refused("config.allow hostname\n", "config.source imds\n", "",
		"config.source is not fw_cfg, imds-gce, imds-aws or imds-azure");
	return tap_done();
}
