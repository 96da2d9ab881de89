/* SPDX-License-Identifier: MIT */
/*
 * What is taken from a DHCP server's answer: an address, its mask, how long it holds, an MTU,
 * routes. udhcpc's hook sends it to init through a pipe. Both validate it, since init trusts
 * neither udhcpc nor its hook.
 */
#ifndef GUEST_LEASE_H
#define GUEST_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/ipv4.h"

#define LEASE_FD	 5  /* the hook's end of the pipe; udhcpc itself uses 3 and 4 */
#define LEASE_ROUTES_MAX 51 /* as many as one option holds: RFC 3442, 255 bytes of 5 and more */
#define LEASE_LEN(n)	 (20 + 12 * (size_t)(n)) /* bytes in the pipe, of a lease with n routes */
#define LEASE_LEN_MAX	 LEASE_LEN(LEASE_ROUTES_MAX)

/* Addresses and masks in host order. */
struct lease_route {
	uint32_t to, mask; /* both 0: the default route */
	uint32_t via;	   /* 0: what it leads to is on the link */
};

struct lease {
	uint32_t ip, mask;
	uint32_t seconds; /* that it holds; 0: the server did not say */
	uint32_t mtu;	  /* 0: the interface's own */
	uint32_t n_routes;
	struct lease_route routes[LEASE_ROUTES_MAX]; /* those from n_routes on are not read */
};

/* Whether hosts may be in it: not multicast, loopback, reserved, or 0.0.0.0/8. */
bool lease_is_network(uint32_t to, uint32_t mask);

/* The part that is not valid, a static string such as "mask"; NULL if all is. */
const char *lease_fault(const struct lease *lease);

/* Whether they say the same of the interface: all but how long they hold. */
bool lease_equal(const struct lease *a, const struct lease *b);

/*
 * Five numbers and three for each route in the order of the structs, four bytes each, most
 * significant first. The length.
 */
size_t lease_write(const struct lease *lease, uint8_t ret_bytes[static LEASE_LEN_MAX]);

/* -EPROTO if that is not exactly one lease; ret_lease is untouched then. Does not validate. */
int lease_read(const uint8_t *bytes, size_t len, struct lease *ret_lease);

#endif
