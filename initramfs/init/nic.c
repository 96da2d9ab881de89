/* SPDX-License-Identifier: MIT */
#include "initramfs/init/nic.h"

#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "initramfs/init/rtnl.h"

struct found {
	struct nic *nics;
	size_t n;
};

static void take_attribute(struct rtattr *a, struct nic *nic)
{
	const void *value = RTA_DATA(a);
	size_t len = RTA_PAYLOAD(a);

	switch (a->rta_type) {
	case IFLA_IFNAME:
		(void)strncpy(nic->name, value, len < IF_NAMESIZE ? len : IF_NAMESIZE - 1);
		break;
	case IFLA_ADDRESS:
		if (len == NIC_MAC_LEN)
			memcpy(nic->mac, value, len);
		break;
	case IFLA_MTU:
		if (len == sizeof(nic->mtu))
			memcpy(&nic->mtu, value, len);
		break;
	case IFLA_CARRIER:
		nic->carrier = len == 1 && *(const uint8_t *)value;
		break;
	case IFLA_MASTER:
		nic->slave = true;
		break;
	case IFLA_PARENT_DEV_BUS_NAME:
		nic->vmbus = len == sizeof("vmbus") && memcmp(value, "vmbus", len) == 0;
		break;
	default:
		break;
	}
}

static int take_nic(struct nlmsghdr *answer, void *arg)
{
	struct found *found = arg;
	struct ifinfomsg *fixed = NLMSG_DATA(answer);
	struct rtattr *a = IFLA_RTA(fixed);
	struct nic nic = { .index = fixed->ifi_index };

	if (answer->nlmsg_type != RTM_NEWLINK || fixed->ifi_type != ARPHRD_ETHER ||
	    found->n == NICS_MAX)
		return 0;
	for (unsigned left = (unsigned)IFLA_PAYLOAD(answer); RTA_OK(a, left); a = RTA_NEXT(a, left))
		take_attribute(a, &nic);
	found->nics[found->n++] = nic;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return ((const struct nic *)a)->index - ((const struct nic *)b)->index;
}

int nics_read(struct nic ret[static NICS_MAX], size_t *ret_n)
{
	static const struct ifinfomsg all = { .ifi_family = AF_UNSPEC };
	static const uint32_t brief = RTEXT_FILTER_SKIP_STATS;
	struct found found = { .nics = ret };
	struct rtnl m;
	int r;

	rtnl_begin(&m, RTM_GETLINK, 0, &all, sizeof(all));
	rtnl_put(&m, IFLA_EXT_MASK, &brief, sizeof(brief));
	r = rtnl_list(&m, take_nic, &found);
	if (r < 0)
		return r;
	qsort(ret, found.n, sizeof(*ret), compare);
	*ret_n = found.n;
	return 0;
}

bool nic_usable(const struct nic *nics, size_t n, size_t i)
{
	if (nics[i].slave)
		return false;
	for (size_t k = 0; k < n; k++)
		if (k != i && nics[k].vmbus && !nics[i].vmbus &&
		    memcmp(nics[k].mac, nics[i].mac, NIC_MAC_LEN) == 0)
			return false;
	return true;
}

int nic_up(const struct nic *nic, bool up)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC,
					 .ifi_index = nic->index,
					 .ifi_flags = up ? IFF_UP : 0,
					 .ifi_change = IFF_UP };
	struct rtnl m;

	rtnl_begin(&m, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	return rtnl_do(&m);
}

int nic_set_mtu(const struct nic *nic, uint32_t mtu)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC, .ifi_index = nic->index };
	struct rtnl m;

	rtnl_begin(&m, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	rtnl_put(&m, IFLA_MTU, &mtu, sizeof(mtu));
	return rtnl_do(&m);
}
