/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/machine.h"

#include <string.h>

#define MODULES_MAX 8

const char *const machine_names[_MACHINE_MAX] = { "qemu", "azure", "gce", "aws", "metal" };

/* What they depend on comes along. Drivers of disks are those of a volume (planfiles.c). */
static const char *const modules[_MACHINE_MAX][MODULES_MAX + 1] = {
	[MACHINE_QEMU] = { NULL },
	/* netvsc carries all traffic by itself; disks of NVMe are behind a bus of Hyper-V's. */
	[MACHINE_AZURE] = { "hv_netvsc", "pci-hyperv" },
	[MACHINE_GCE] = { "gve" },
	[MACHINE_AWS] = { "ena" },
	/* Nothing in the guest would load realtek when r8169 asks for it, which does not go without. */
	[MACHINE_METAL] = { "e1000e", "igb", "ixgbe", "i40e", "ice", "realtek", "r8169" },
};

enum machine machine_find(const char *name)
{
	enum machine machine = 0;

	while (machine < _MACHINE_MAX && strcmp(machine_names[machine], name))
		machine++;
	return machine;
}

const char *const *machine_modules(enum machine machine)
{
	return modules[machine];
}

enum plan_source machine_source(enum machine machine)
{
	static const enum plan_source sources[_MACHINE_MAX] = {
		[MACHINE_QEMU] = PLAN_FW_CFG,
		[MACHINE_AZURE] = PLAN_IMDS_AZURE,
		[MACHINE_GCE] = PLAN_IMDS_GCE,
		[MACHINE_AWS] = PLAN_IMDS_AWS,
	};

	return sources[machine];
}

bool machine_reports(enum machine machine)
{
	return machine == MACHINE_AZURE;
}
