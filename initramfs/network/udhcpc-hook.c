/* SPDX-License-Identifier: MIT */
/*
 * udhcpc's hook: checks every value that a DHCP server on an untrusted network sent, and passes the
 * lease to init, which sets it. Only the address, its mask, its time, the MTU and routes are taken;
 * no names, no other option. It has no more rights than udhcpc, and runs behind the same walls.
 *
 * argv[1]   deconfig | bound | renew | nak | leasefail; only bound and renew do anything
 * env       ip, subnet (a mask); the others may be absent:
 *           lease (seconds), mtu, router (a list; the first counts),
 *           staticroutes ("10.0.0.0/8 10.1.2.3 0.0.0.0/0 10.1.2.4"; router is ignored then, as
 *           RFC 3442 has it)
 * LEASE_FD  takes the lease (lease.h)
 * Exit: 0 done or nothing to do, 1 refused or failed; one line on stderr then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/common/lease.h"
#include "measure/lib/ipv4.h"

static int refuse(const char *what, const char *value)
{
	(void)fprintf(stderr, "udhcpc-hook: refused: %s: \"%s\"\n", what, value ? value : "");
	return -EPROTO;
}

/* Decimal digits alone, as udhcpc writes a number. */
static int parse_number(const char *text, size_t len, uint32_t *ret)
{
	uint64_t value = 0;

	if (len == 0 || len > 10)
		return -EPROTO;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EPROTO;
		value = 10 * value + (uint64_t)(text[i] - '0');
	}
	if (value > UINT32_MAX)
		return -EPROTO;
	*ret = (uint32_t)value;
	return 0;
}

/* "10.0.0.0/8 10.1.2.3" of words that end in a space or with the text. The rest of it. */
static const char *parse_route(const char *text, struct lease_route *ret)
{
	size_t len = strcspn(text, "/ ");
	uint32_t bits;

	if (text[len] != '/' || !ipv4_parse(text, len, &ret->to))
		return NULL;
	text += len + 1;
	len = strcspn(text, " ");
	if (text[len] != ' ' || parse_number(text, len, &bits) < 0 || bits > 32)
		return NULL;
	ret->mask = ipv4_mask(bits);
	ret->to &= ret->mask; /* as a client must: RFC 3442, "Client Behavior" */
	text += len + 1;
	len = strcspn(text, " ");
	return !ipv4_parse(text, len, &ret->via) ? NULL : text + len;
}

/*
 * Networks that nothing is sent to are left out: some providers name that of multicast, too.
 */
static int parse_routes(const char *text, struct lease *l)
{
	const char *rest = text;

	for (;; rest++) {
		if (l->n_routes == LEASE_ROUTES_MAX)
			return refuse("more routes than there may be", text);
		rest = parse_route(rest, &l->routes[l->n_routes]);
		if (!rest)
			return refuse("routes", text);
		if (lease_is_network(l->routes[l->n_routes].to, l->routes[l->n_routes].mask))
			l->n_routes++;
		if (*rest == '\0')
			return 0;
	}
}

/* 0.0.0.0 means that there is no router: it is never the address of one. */
static int parse_router(const char *text, struct lease *l)
{
	if (!ipv4_parse(text, strcspn(text, " "), &l->routes[0].via) || l->routes[0].via == 0)
		return refuse("router", text);
	l->n_routes = 1;
	return 0;
}

/* A machine with the interface's own MTU has a network, so one that is out of bounds is no lease's
 * end. */
static uint32_t read_mtu(const char *text)
{
	uint32_t mtu = 0;

	if (!text)
		return 0;
	if (parse_number(text, strlen(text), &mtu) == 0 && mtu >= IPV4_MTU_MIN &&
	    mtu <= IPV4_MTU_MAX)
		return mtu;
	(void)fprintf(stderr, "udhcpc-hook: ignored: an MTU that is not %d to %d: \"%s\"\n",
		      IPV4_MTU_MIN, IPV4_MTU_MAX, text);
	return 0;
}

static int read_lease(struct lease *ret)
{
	const char *ip = getenv("ip"), *subnet = getenv("subnet"), *time = getenv("lease");
	const char *router = getenv("router"), *routes = getenv("staticroutes"), *fault;
	struct lease l = { 0 };
	int r = 0;

	if (!ip || !ipv4_parse(ip, strlen(ip), &l.ip))
		return refuse("address", ip);
	if (!subnet || !ipv4_parse(subnet, strlen(subnet), &l.mask))
		return refuse("mask", subnet);
	if (time && parse_number(time, strlen(time), &l.seconds) < 0)
		return refuse("time", time);
	l.mtu = read_mtu(getenv("mtu"));
	if (routes)
		r = parse_routes(routes, &l);
	else if (router)
		r = parse_router(router, &l);
	if (r < 0)
		return r;
	fault = lease_fault(&l);
	if (fault)
		return refuse(fault, ip);
	*ret = l;
	return 0;
}

int main(int argc, char *argv[])
{
	uint8_t bytes[LEASE_LEN_MAX];
	struct lease lease;
	size_t len;

	if (argc != 2 || (strcmp(argv[1], "bound") && strcmp(argv[1], "renew")))
		return 0;
	if (read_lease(&lease) < 0)
		return 1;
	len = lease_write(&lease, bytes);
	if (write(LEASE_FD, bytes, len) != (ssize_t)len) {
		(void)fprintf(stderr, "udhcpc-hook: cannot hand the lease over: %s\n",
			      strerror(errno));
		return 1;
	}
	return 0;
}
