/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "initramfs/common/reason.h"
#include "initramfs/container/container.h"

/* Linux, Documentation/admin-guide/devices.txt, "1 char Memory devices". */
static const struct device memory[MEMORY_DEVICES] = {
	{ "/dev/null", { 1, 3 } },   { "/dev/zero", { 1, 5 } },	   { "/dev/full", { 1, 7 } },
	{ "/dev/random", { 1, 8 } }, { "/dev/urandom", { 1, 9 } },
};

int devices_find(struct container *c)
{
	memcpy(c->device, memory, sizeof(memory));
	c->n_device = MEMORY_DEVICES;
	for (size_t i = 0; i < c->plan.n_device; i++) {
		struct device *d = &c->device[c->n_device++];
		struct stat st;
		int r;

		(void)snprintf(d->path, sizeof(d->path), "/dev/%s", c->plan.device[i]);
		r = sys(stat(d->path, &st)) ?: S_ISCHR(st.st_mode) ? 0 : -ENODEV;
		if (r < 0)
			return because(r,
				       "the plan passes %s, which this machine does not have: %s",
				       d->path, strerror(-r));
		d->node = (struct devfilter_node){ major(st.st_rdev), minor(st.st_rdev) };
	}
	return 0;
}
