/* SPDX-License-Identifier: MIT */
/*
 * The network stage: the first interface with a carrier on which a DHCP server gives a usable
 * lease, one address, no names; or that gets the address of the instance configuration. The other
 * interfaces are down again when the stage ends. network.h looks after the lease from then on.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/common/clock.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/child.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/loghost.h"
#include "initramfs/init/rtnl.h"

/* Some cards find their speed for several seconds, and some are found late themselves. */
#define CARRIER_WAIT_MS 30000

/* The interfaces, and on which of them there was no lease. */
struct search {
	struct nic nics[NICS_MAX];
	size_t n;
	int tried[NICS_MAX]; /* their index */
	size_t n_tried;
};

static bool was_tried(const struct search *s, const struct nic *nic)
{
	for (size_t i = 0; i < s->n_tried; i++)
		if (s->tried[i] == nic->index)
			return true;
	return s->n_tried == NICS_MAX;
}

/* All but keep (which may be NULL) up or down. */
static void turn(const struct search *s, const struct nic *keep, bool up)
{
	for (size_t i = 0; i < s->n; i++)
		if (nic_usable(s->nics, s->n, i) && (!keep || s->nics[i].index != keep->index))
			(void)nic_up(&s->nics[i], up);
}

/*
 * The first one with a carrier that was not tried, NULL if there is none. Interfaces that came
 * meanwhile are brought up; they tell of their carrier later.
 */
static int look(struct search *s, const struct nic **ret)
{
	int r = nics_read(s->nics, &s->n);

	*ret = NULL;
	if (r < 0)
		return because(r, "cannot ask for network interfaces: %s", strerror(-r));
	turn(s, NULL, true);
	for (size_t i = 0; i < s->n && !*ret; i++)
		if (s->nics[i].carrier && nic_usable(s->nics, s->n, i) &&
		    !was_tried(s, &s->nics[i]))
			*ret = &s->nics[i];
	return 0;
}

static int await_carrier(struct search *s, const struct nic **ret)
{
	int64_t deadline = clock_ms(CLOCK_BOOTTIME) + CARRIER_WAIT_MS, left = CARRIER_WAIT_MS;
	int watch = rtnl_watch(), r;
	struct pollfd p = { .fd = watch, .events = POLLIN };

	if (watch < 0)
		return because(watch, "cannot watch network interfaces: %s", strerror(-watch));
	/* What changes while one looks is told again. */
	while ((r = look(s, ret)) == 0 && !*ret && left > 0) {
		(void)poll(&p, 1, (int)left);
		rtnl_drain(watch);
		left = deadline - clock_ms(CLOCK_BOOTTIME);
	}
	(void)close(watch);
	if (r < 0 || *ret)
		return r;
	if (s->n == 0)
		return because(-ENODEV, "no network interface");
	return because(-ENETDOWN, "no network interface has a carrier");
}

static int ask(struct boot *b, const struct nic *nic, struct lease *ret_lease)
{
	struct dhcp dhcp = { 0 };
	int status = 0, r;

	r = dhcp_start(&dhcp, nic->name, 0, b->network.hostname, b->network.filter,
		       b->network.debug);
	if (r < 0)
		return r;
	r = child_wait(b->signals, dhcp.pid, DHCP_WAIT_MS, &status);
	if (r < 0) {
		because(r, "no DHCP lease on %s: udhcpc: %s", nic->name, strerror(-r));
		status = SIGKILL; /* there is no lease, whatever is in the pipe */
	}
	/*
	 * Processes that it left behind could still use the network. Nothing else is running yet.
	 */
	(void)kill(-1, SIGKILL);
	return dhcp_end(&dhcp, nic->name, status, ret_lease);
}

/* As configured, which the parser has validated. Routers are taken to be on the link. */
static void fixed_lease(const struct instance *i, struct lease *ret)
{
	*ret = (struct lease){ .ip = i->ip, .mask = i->mask };
	if (i->gateway)
		ret->routes[ret->n_routes++].via = i->gateway;
}

/* On one interface after the other, the first of which the network has. */
static int search_lease(struct boot *b, struct search *s, struct lease *ret)
{
	struct network *n = &b->network;
	const struct nic *next;
	int r;

	while (ask(b, &n->nic, ret) < 0) {
		s->tried[s->n_tried++] = n->nic.index;
		r = look(s, &next);
		if (r < 0)
			return r;
		if (!next)
			return -ENETDOWN; /* as was noted */
		reason_forget();
		n->nic = *next;
	}
	return 0;
}

int stage_network(struct boot *b)
{
	static struct search search;
	const struct instance *i = &b->instance;
	struct network *n = &b->network;
	const struct nic *nic = NULL;
	struct lease lease;
	int r;

	n->filter = b->filters[PLAN_UDHCPC];
	n->debug = b->plan.debug;
	n->hostname = i->given & 1u << INSTANCE_HOSTNAME ? i->value[INSTANCE_HOSTNAME] : NULL;
	n->mtu = i->mtu;
	n->fixed = i->ip;
	r = await_carrier(&search, &nic);
	if (r < 0 || !nic)
		return r < 0 ? r : -ENETDOWN;
	n->nic = *nic;
	if (n->fixed)
		fixed_lease(i, &lease);
	else
		r = search_lease(b, &search, &lease);
	if (r < 0)
		return r;
	turn(&search, &n->nic, false);
	r = network_set(n, &lease, clock_ms(CLOCK_BOOTTIME));
	return r < 0 ? r : loghost_open(i);
}
