/* SPDX-License-Identifier: MIT */
#include "initramfs/common/lease.h"

#include <errno.h>

/* Ones, then zeros; all ones and all zeros are masks, too. */
static bool is_mask(uint32_t mask)
{
	return (~mask & (~mask + 1)) == 0;
}

/*
 * A network that hosts are in: the default route, halves of the world that begin with 0.x as some
 * networks have them, or one that begins as a host's address does.
 */
bool lease_is_network(uint32_t to, uint32_t mask)
{
	if (!is_mask(mask) || to & ~mask)
		return false;
	return to == 0 ? mask < 0xff000000 : ipv4_is_host(to);
}

static bool is_route(const struct lease_route *route, uint32_t ip)
{
	return lease_is_network(route->to, route->mask) &&
	       (route->via == 0 || (ipv4_is_host(route->via) && route->via != ip));
}

const char *lease_fault(const struct lease *lease)
{
	if (!ipv4_is_host(lease->ip))
		return "address";
	if (lease->mask == 0 || !is_mask(lease->mask))
		return "mask";
	if (lease->mtu && (lease->mtu < IPV4_MTU_MIN || lease->mtu > IPV4_MTU_MAX))
		return "MTU";
	if (lease->n_routes > LEASE_ROUTES_MAX)
		return "number of routes";
	for (uint32_t i = 0; i < lease->n_routes; i++)
		if (!is_route(&lease->routes[i], lease->ip))
			return "route";
	return NULL;
}

bool lease_equal(const struct lease *a, const struct lease *b)
{
	if (a->ip != b->ip || a->mask != b->mask || a->mtu != b->mtu || a->n_routes != b->n_routes)
		return false;
	for (uint32_t i = 0; i < a->n_routes; i++)
		if (a->routes[i].to != b->routes[i].to || a->routes[i].mask != b->routes[i].mask ||
		    a->routes[i].via != b->routes[i].via)
			return false;
	return true;
}

static uint8_t *put(uint32_t value, uint8_t *to)
{
	for (int i = 0; i < 4; i++)
		*to++ = (uint8_t)(value >> (24 - 8 * i));
	return to;
}

static uint32_t get(const uint8_t **from)
{
	const uint8_t *p = *from;

	*from += 4;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

size_t lease_write(const struct lease *lease, uint8_t ret_bytes[static LEASE_LEN_MAX])
{
	uint8_t *to = put(lease->ip, ret_bytes);

	to = put(lease->mask, to);
	to = put(lease->seconds, to);
	to = put(lease->mtu, to);
	to = put(lease->n_routes, to);
	for (uint32_t i = 0; i < lease->n_routes; i++) {
		to = put(lease->routes[i].to, to);
		to = put(lease->routes[i].mask, to);
		to = put(lease->routes[i].via, to);
	}
	return (size_t)(to - ret_bytes);
}

int lease_read(const uint8_t *bytes, size_t len, struct lease *ret_lease)
{
	struct lease l = { 0 };

	if (len < LEASE_LEN(0))
		return -EPROTO;
	l.ip = get(&bytes);
	l.mask = get(&bytes);
	l.seconds = get(&bytes);
	l.mtu = get(&bytes);
	l.n_routes = get(&bytes);
	if (l.n_routes > LEASE_ROUTES_MAX || len != LEASE_LEN(l.n_routes))
		return -EPROTO;
	for (uint32_t i = 0; i < l.n_routes; i++) {
		l.routes[i].to = get(&bytes);
		l.routes[i].mask = get(&bytes);
		l.routes[i].via = get(&bytes);
	}
	*ret_lease = l;
	return 0;
}
