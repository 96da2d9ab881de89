/* SPDX-License-Identifier: MIT */
#include "initramfs/init/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "initramfs/common/reason.h"
#include "initramfs/init/rtnl.h"

static uint8_t length_of(uint32_t mask)
{
	return (uint8_t)__builtin_popcount(mask);
}

static void put_ip(struct rtnl *m, uint16_t type, uint32_t ip)
{
	ip = htonl(ip);
	rtnl_put(m, type, &ip, sizeof(ip));
}

static int change_address(const struct nic *nic, const struct lease *l, uint16_t type,
			  uint16_t flags)
{
	const struct ifaddrmsg fixed = { .ifa_family = AF_INET,
					 .ifa_prefixlen = length_of(l->mask),
					 .ifa_index = (uint32_t)nic->index };
	struct rtnl m;

	rtnl_begin(&m, type, flags, &fixed, sizeof(fixed));
	put_ip(&m, IFA_LOCAL, l->ip);
	put_ip(&m, IFA_ADDRESS, l->ip);
	if (type == RTM_NEWADDR && fixed.ifa_prefixlen < 31) /* two hosts have no broadcast */
		put_ip(&m, IFA_BROADCAST, l->ip | ~l->mask);
	return rtnl_do(&m);
}

/*
 * Some clouds hand out /32 addresses: their router is on the link, but in no subnet of it. So every
 * router is taken to be on the link.
 */
static int add_route(const struct nic *nic, const struct lease_route *route)
{
	const struct rtmsg fixed = { .rtm_family = AF_INET,
				     .rtm_dst_len = length_of(route->mask),
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_protocol = RTPROT_DHCP,
				     .rtm_scope = route->via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
				     .rtm_type = RTN_UNICAST,
				     .rtm_flags = route->via ? RTNH_F_ONLINK : 0 };
	struct rtnl m;
	int r;

	rtnl_begin(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof(fixed));
	rtnl_put(&m, RTA_OIF, &nic->index, sizeof(nic->index));
	if (route->mask)
		put_ip(&m, RTA_DST, route->to);
	if (route->via)
		put_ip(&m, RTA_GATEWAY, route->via);
	r = rtnl_do(&m);
	return r == -EEXIST ? 0 : r;
}

int address_set(const struct nic *nic, const struct lease *lease)
{
	int r = lease->mtu ? nic_set_mtu(nic, lease->mtu) : -ERANGE;

	if (r < 0)
		r = nic_set_mtu(nic, nic->mtu);
	if (r == 0)
		r = change_address(nic, lease, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	for (uint32_t i = 0; r == 0 && i < lease->n_routes; i++)
		r = add_route(nic, &lease->routes[i]);
	return r < 0 ? because(r, "cannot set the address on %s: %s", nic->name, strerror(-r)) : 0;
}

void address_clear(const struct nic *nic, const struct lease *lease)
{
	/* It may have gone with its interface. */
	(void)change_address(nic, lease, RTM_DELADDR, 0);
}
