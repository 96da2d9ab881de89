/* SPDX-License-Identifier: MIT */
/* Kinds of machines that an image is for: which drivers they need beside those of the kernel. */
#ifndef MEASURE_CMD_PLAN_MACHINE_H
#define MEASURE_CMD_PLAN_MACHINE_H

#include <stdbool.h>

#include "measure/lib/plan.h"

enum machine {
	MACHINE_QEMU, /* virtio, which the kernel has */
	MACHINE_AZURE,
	MACHINE_GCE,
	MACHINE_AWS,
	MACHINE_METAL,
	_MACHINE_MAX
};

extern const char *const machine_names[_MACHINE_MAX];

/* The kind of a name, or _MACHINE_MAX. */
enum machine machine_find(const char *name);

/* Names of modules, in the order in which they are loaded; the last one is NULL. */
const char *const *machine_modules(enum machine machine);

/* Where an instance configuration comes from; PLAN_NO_SOURCE: from nowhere. */
enum plan_source machine_source(enum machine machine);

/* Whether its platform waits to hear that the machine is ready: "report" in the plan. */
bool machine_reports(enum machine machine);

#endif
