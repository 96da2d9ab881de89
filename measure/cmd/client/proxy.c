/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/proxy.h"

#include <sys/eventfd.h>

int proxy_init(struct proxy *p, const struct proxy_setup *setup)
{
	*p = (struct proxy){ .setup = *setup };
	p->drain = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->all_gone = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->sightings = rampart_sightings_new();
	return p->drain >= 0 && p->all_gone >= 0 && p->wake >= 0 && p->sightings &&
			       pthread_mutex_init(&p->lock, NULL) == 0
		       ? 0
		       : -1;
}
