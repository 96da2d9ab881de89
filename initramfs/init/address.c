/* SPDX-License-Identifier: MIT */
#include "initramfs/init/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/init/fail.h"

/* Any socket will do for these ioctls. */
static int ask(unsigned long request, void *arg)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, request, arg) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

int link_up(void)
{
	struct ifreq ifr = { .ifr_name = INTERFACE };
	int r = ask(SIOCGIFFLAGS, &ifr);

	if (r < 0)
		return because(r, "no network interface %s: %s", INTERFACE, strerror(-r));
	ifr.ifr_flags |= IFF_UP;
	r = ask(SIOCSIFFLAGS, &ifr);
	if (r < 0)
		return because(r, "cannot bring %s up: %s", INTERFACE, strerror(-r));
	return 0;
}

static void set_sockaddr(struct sockaddr *sa, uint32_t ip)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(ip) };

	memcpy(sa, &in, sizeof(in));
}

static int set_address(const struct lease *l)
{
	struct ifreq ifr = { .ifr_name = INTERFACE };
	int r;

	set_sockaddr(&ifr.ifr_addr, l->ip);
	r = ask(SIOCSIFADDR, &ifr);
	if (r < 0)
		return r;
	set_sockaddr(&ifr.ifr_netmask, l->mask);
	return ask(SIOCSIFNETMASK, &ifr);
}

/* gateway 0: the destination is on the link. */
static int add_route(uint32_t to, uint32_t mask, uint32_t gateway)
{
	char device[] = INTERFACE;
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = device };
	int r;

	set_sockaddr(&route.rt_dst, to);
	set_sockaddr(&route.rt_genmask, mask);
	if (gateway) {
		set_sockaddr(&route.rt_gateway, gateway);
		route.rt_flags |= RTF_GATEWAY;
	}
	if (mask == UINT32_MAX)
		route.rt_flags |= RTF_HOST;
	r = ask(SIOCADDRT, &route);
	return r == -EEXIST ? 0 : r;
}

static int set_routes(const struct lease *l)
{
	int r = 0;

	if (!l->router)
		return 0;
	/*
	 * Some clouds hand out /32 addresses: their router is on the link, but in no subnet of it.
	 */
	if ((l->router & l->mask) != (l->ip & l->mask))
		r = add_route(l->router, UINT32_MAX, 0);
	return r < 0 ? r : add_route(0, 0, l->router);
}

int address_set(const struct lease *lease)
{
	int r = set_address(lease);

	if (r == 0)
		r = set_routes(lease);
	return r < 0 ? because(r, "cannot set the DHCP lease on %s: %s", INTERFACE, strerror(-r))
		     : 0;
}
