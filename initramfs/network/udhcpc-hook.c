/* SPDX-License-Identifier: MIT */
/*
 * udhcpc's hook: sets what a DHCP server on an untrusted network said, after checking every value.
 * Only the address, its mask and a default route are taken; no names, no MTU, no other option.
 *
 * argv[1]   deconfig | bound | renew | nak | leasefail; only bound and renew do anything
 * env       interface, ip, subnet (a mask), router (a list; the first counts; may be absent)
 * Exit: 0 done or nothing to do, 1 refused or failed; one line on stderr then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct lease {
	const char *interface;
	uint32_t ip, mask, router; /* host order; router 0: none */
};

static int refuse(const char *what, const char *value)
{
	(void)fprintf(stderr, "udhcpc-hook: refused: %s: \"%s\"\n", what, value ? value : "");
	return -EPROTO;
}

/* Dotted decimal of len characters, the one spelling: inet_aton(3) knows others. */
static int parse_address(const char *text, size_t len, uint32_t *ret)
{
	char copy[INET_ADDRSTRLEN], back[INET_ADDRSTRLEN];
	struct in_addr addr;

	if (len >= sizeof(copy))
		return -EPROTO;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, &addr) != 1 ||
	    !inet_ntop(AF_INET, &addr, back, sizeof(back)) || strcmp(copy, back))
		return -EPROTO;
	*ret = ntohl(addr.s_addr);
	return 0;
}

/* Not 0.x, loopback, multicast, reserved or broadcast. */
static bool is_host(uint32_t ip)
{
	return ip >> 24 != 0 && ip >> 24 != 127 && ip >> 28 < 14;
}

static bool is_mask(uint32_t mask)
{
	return mask != 0 && (~mask & (~mask + 1)) == 0;
}

static int read_lease(struct lease *ret)
{
	struct lease l = { .interface = getenv("interface") };
	const char *ip = getenv("ip"), *subnet = getenv("subnet"), *router = getenv("router");

	if (!l.interface || l.interface[0] == '\0' || strlen(l.interface) >= IFNAMSIZ ||
	    l.interface[strspn(l.interface, "abcdefghijklmnopqrstuvwxyz0123456789")] != '\0')
		return refuse("interface", l.interface);
	if (!ip || parse_address(ip, strlen(ip), &l.ip) < 0 || !is_host(l.ip))
		return refuse("ip", ip);
	if (!subnet || parse_address(subnet, strlen(subnet), &l.mask) < 0 || !is_mask(l.mask))
		return refuse("subnet", subnet);
	if (router && (parse_address(router, strcspn(router, " "), &l.router) < 0 ||
		       !is_host(l.router) || l.router == l.ip))
		return refuse("router", router);
	*ret = l;
	return 0;
}

static void set_sockaddr(struct sockaddr *sa, uint32_t ip)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(ip) };

	memcpy(sa, &in, sizeof(in));
}

static int set_address(int fd, const struct lease *l)
{
	struct ifreq ifr = { 0 };

	strcpy(ifr.ifr_name, l->interface);
	set_sockaddr(&ifr.ifr_addr, l->ip);
	if (ioctl(fd, SIOCSIFADDR, &ifr) < 0)
		return -errno;
	set_sockaddr(&ifr.ifr_netmask, l->mask);
	return ioctl(fd, SIOCSIFNETMASK, &ifr) < 0 ? -errno : 0;
}

/* gateway 0: to is on the link. */
static int add_route(int fd, const struct lease *l, uint32_t to, uint32_t mask, uint32_t gateway)
{
	char device[IFNAMSIZ];
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = device };

	strcpy(device, l->interface);
	set_sockaddr(&route.rt_dst, to);
	set_sockaddr(&route.rt_genmask, mask);
	if (gateway) {
		set_sockaddr(&route.rt_gateway, gateway);
		route.rt_flags |= RTF_GATEWAY;
	}
	if (mask == UINT32_MAX)
		route.rt_flags |= RTF_HOST;
	return ioctl(fd, SIOCADDRT, &route) < 0 && errno != EEXIST ? -errno : 0;
}

static int set_routes(int fd, const struct lease *l)
{
	int r = 0;

	if (!l->router)
		return 0;
	/* Some clouds hand out /32 addresses: their router is on the link, but in no subnet of it.
	 */
	if ((l->router & l->mask) != (l->ip & l->mask))
		r = add_route(fd, l, l->router, UINT32_MAX, 0);
	return r < 0 ? r : add_route(fd, l, 0, 0, l->router);
}

int main(int argc, char *argv[])
{
	struct lease lease;
	int fd, r;

	if (argc != 2 || (strcmp(argv[1], "bound") && strcmp(argv[1], "renew")))
		return 0;
	if (read_lease(&lease) < 0)
		return 1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r = fd < 0 ? -errno : set_address(fd, &lease);
	if (r == 0)
		r = set_routes(fd, &lease);
	if (r < 0)
		(void)fprintf(stderr, "udhcpc-hook: %s: %s\n", lease.interface, strerror(-r));
	return r < 0;
}
