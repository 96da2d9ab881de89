/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/ready.h"

static struct status status;

const struct status *ready_status(void)
{
	return &status;
}

void ready_set(const struct status *to)
{
	status = *to;
}
