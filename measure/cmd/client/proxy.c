/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/proxy.h"

#include <stdlib.h>
#include <sys/eventfd.h>

int proxy_init(struct proxy *p, const struct proxy_setup *setup, struct rampart_policy *policy)
{
	*p = (struct proxy){ .setup = *setup };
	p->drain = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->all_gone = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->sightings = rampart_sightings_new();
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		rampart_policy_free(policy);
		return -1;
	}
	return proxy_policy_set(p, policy) == 0 && p->drain >= 0 && p->all_gone >= 0 &&
			       p->wake >= 0 && p->sightings
		       ? 0
		       : -1;
}

struct proxy_policy *proxy_policy_take(struct proxy *p)
{
	struct proxy_policy *policy;

	pthread_mutex_lock(&p->lock);
	policy = p->policy;
	policy->users++;
	pthread_mutex_unlock(&p->lock);
	return policy;
}

void proxy_policy_give(struct proxy *p, struct proxy_policy *policy)
{
	bool is_last;

	pthread_mutex_lock(&p->lock);
	is_last = --policy->users == 0;
	pthread_mutex_unlock(&p->lock);
	if (!is_last)
		return;
	rampart_policy_free(policy->policy);
	free(policy);
}

int proxy_policy_set(struct proxy *p, struct rampart_policy *policy)
{
	struct proxy_policy *new = malloc(sizeof(*new)), *old;

	if (!new) {
		rampart_policy_free(policy);
		return -1;
	}
	*new = (struct proxy_policy){ .policy = policy, .users = 1 };
	pthread_mutex_lock(&p->lock);
	old = p->policy;
	p->policy = new;
	p->refused = (struct refused){ 0 }; /* what was refused may be accepted now */
	pthread_mutex_unlock(&p->lock);
	if (old)
		proxy_policy_give(p, old);
	return 0;
}
