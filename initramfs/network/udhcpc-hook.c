/* SPDX-License-Identifier: MIT */
/*
 * udhcpc's hook: checks every value that a DHCP server on an untrusted network sent, and passes the
 * lease to init, which sets it. Only the address, its mask and a default route are taken; no names,
 * no MTU, no other option. It has no more rights than udhcpc, and runs behind the same walls.
 *
 * argv[1]   deconfig | bound | renew | nak | leasefail; only bound and renew do anything
 * env       ip, subnet (a mask), router (a list; the first counts; may be absent)
 * LEASE_FD  takes the lease (lease.h)
 * Exit: 0 done or nothing to do, 1 refused or failed; one line on stderr then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/common/lease.h"

static int refuse(const char *what, const char *value)
{
	(void)fprintf(stderr, "udhcpc-hook: refused: %s: \"%s\"\n", what, value ? value : "");
	return -EPROTO;
}

/* Dotted decimal of len characters, in its one strict form: inet_aton(3) accepts others. */
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

static int read_lease(struct lease *ret)
{
	const char *ip = getenv("ip"), *subnet = getenv("subnet"), *router = getenv("router");
	struct lease l = { 0 };
	const char *fault;

	if (!ip || parse_address(ip, strlen(ip), &l.ip) < 0)
		return refuse("address", ip);
	if (!subnet || parse_address(subnet, strlen(subnet), &l.mask) < 0)
		return refuse("mask", subnet);
	/* 0.0.0.0 means that there is no router: it is never the address of one. */
	if (router && (parse_address(router, strcspn(router, " "), &l.router) < 0 || l.router == 0))
		return refuse("router", router);
	fault = lease_fault(&l);
	if (fault)
		return refuse(fault, ip);
	*ret = l;
	return 0;
}

int main(int argc, char *argv[])
{
	uint8_t bytes[LEASE_LEN];
	struct lease lease;

	if (argc != 2 || (strcmp(argv[1], "bound") && strcmp(argv[1], "renew")))
		return 0;
	if (read_lease(&lease) < 0)
		return 1;
	lease_write(&lease, bytes);
	if (write(LEASE_FD, bytes, sizeof(bytes)) != sizeof(bytes)) {
		(void)fprintf(stderr, "udhcpc-hook: cannot hand the lease over: %s\n",
			      strerror(errno));
		return 1;
	}
	return 0;
}
