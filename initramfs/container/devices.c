/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "initramfs/common/reason.h"
#include "initramfs/container/container.h"

int devices_find(struct container *c)
{
	for (c->n_device = 0; c->n_device < CONTAINER_DEVICES_N; c->n_device++) {
		const struct container_device *from = &container_devices[c->n_device];
		struct device *d = &c->device[c->n_device];

		(void)snprintf(d->path, sizeof(d->path), "%s", from->path);
		d->node = makedev(from->major, from->minor);
	}
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
		d->node = st.st_rdev;
	}
	return 0;
}
