/* SPDX-License-Identifier: MIT */
/* What init believes of a DHCP lease: every kind of number that is none, and its bytes. */
#include "initramfs/common/lease.h"

#include <errno.h>

#include "measure/lib/array.h"
#include "tests/lib/tap.h"

#define ROUTER(ip)	     .n_routes = 1, .routes = { { 0, 0, ip } }
#define ROUTE(to, mask, via) .n_routes = 1, .routes = { { to, mask, via } }
#define GOOD		     .ip = 0x0a00020f, .mask = 0xffffff00

static const struct {
	struct lease lease;
	const char *fault, *name;
} leases[] = {
	{ { GOOD, ROUTER(0x0a000202) }, NULL, "an address, its mask, a router" },
	{ { GOOD }, NULL, "no router" },
	{ { .ip = 0x0a800005, .mask = 0xffffffff, ROUTER(0x0a800001) },
	  NULL,
	  "a mask of one address" },
	{ { .ip = 0x0a00020f, .mask = 0x80000000 }, NULL, "a mask of one bit" },
	{ { .ip = 0xdfffffff, .mask = 0xff000000, ROUTER(0x01000000) },
	  NULL,
	  "the last host and the first" },
	{ { .ip = 0, .mask = 0xffffff00 }, "address", "no address" },
	{ { .ip = 0x00010203, .mask = 0xffffff00 }, "address", "0.1.2.3" },
	{ { .ip = 0x7f000001, .mask = 0xff000000 }, "address", "loopback" },
	{ { .ip = 0xe0000001, .mask = 0xffffff00 }, "address", "multicast" },
	{ { .ip = 0xf0000001, .mask = 0xffffff00 }, "address", "reserved" },
	{ { .ip = 0xffffffff, .mask = 0xffffff00 }, "address", "broadcast" },
	{ { .ip = 0x0a00020f, .mask = 0 }, "mask", "no mask" },
	{ { .ip = 0x0a00020f, .mask = 0xff00ff00 }, "mask", "a mask with a hole" },
	{ { .ip = 0x0a00020f, .mask = 0x00ffffff }, "mask", "a mask upside down" },
	{ { GOOD, .mtu = 1280 }, NULL, "the smallest MTU" },
	{ { GOOD, .mtu = 9216 }, NULL, "the largest MTU" },
	{ { GOOD, .mtu = 1279 }, "MTU", "an MTU that is too small" },
	{ { GOOD, .mtu = 9217 }, "MTU", "an MTU that is too large" },
	{ { GOOD, ROUTER(0x7f000001) }, "route", "loopback as a router" },
	{ { GOOD, ROUTER(0xe0000001) }, "route", "multicast as a router" },
	{ { GOOD, ROUTER(0x00000001) }, "route", "0.0.0.1 as a router" },
	{ { GOOD, ROUTER(0x0a00020f) }, "route", "the machine as its router" },
	{ { GOOD, ROUTER(0) }, NULL, "the whole world on the link" },
	{ { GOOD, ROUTE(0xa9fea9fe, 0xffffffff, 0x0a000202) }, NULL, "a route to one address" },
	{ { GOOD, ROUTE(0, 0x80000000, 0x0a000202) }, NULL, "the lower half of the world" },
	{ { GOOD, ROUTE(0x80000000, 0x80000000, 0x0a000202) }, NULL, "and the upper half" },
	{ { GOOD, ROUTE(0, 0xff000000, 0x0a000202) }, "route", "0.0.0.0/8" },
	{ { GOOD, ROUTE(0, 0xffffffff, 0x0a000202) }, "route", "0.0.0.0/32" },
	{ { GOOD, ROUTE(0x7f000000, 0xff000000, 0x0a000202) }, "route", "a route to loopback" },
	{ { GOOD, ROUTE(0xe0000000, 0xf0000000, 0x0a000202) }, "route", "a route to multicast" },
	{ { GOOD, ROUTE(0xf0000000, 0xf0000000, 0) }, "route", "a route to reserved addresses" },
	{ { GOOD, ROUTE(0x0a010000, 0xff000000, 0x0a000202) },
	  "route",
	  "a route to more than its mask says" },
	{ { GOOD, ROUTE(0x0a000000, 0xff00ff00, 0x0a000202) }, "route", "a route with a hole" },
	{ { GOOD, .n_routes = LEASE_ROUTES_MAX + 1 },
	  "number of routes",
	  "more routes than there is room for" },
	{ { GOOD, .n_routes = UINT32_MAX }, "number of routes", "as many as a number says" },
};

static void test_bytes(void)
{
	static const uint8_t want[] = { 10,  0,	  2,   15,  255, 255, 255, 0,	/* ip, mask */
					0,   0,	  14,  16,  0,	 0,   5,   180, /* seconds, MTU */
					0,   0,	  0,   2,   0,	 0,   0,   0,	/* two routes */
					0,   0,	  0,   0,   10,	 0,   2,   2,	/* by default */
					169, 254, 169, 254, 255, 255, 255, 255, 0, 0, 0, 0 };
	const struct lease lease = { GOOD, .seconds = 3600, .mtu = 1460, .n_routes = 2,
				     .routes = { { 0, 0, 0x0a000202 },
						 { 0xa9fea9fe, 0xffffffff, 0 } } };
	struct lease back = { .ip = 1 }, full = { GOOD, .n_routes = LEASE_ROUTES_MAX };
	uint8_t bytes[LEASE_LEN_MAX + 1] = { 0 };

	is_int((int64_t)lease_write(&lease, bytes), sizeof(want), "its length");
	ok(!memcmp(bytes, want, sizeof(want)), "its bytes, most significant first");
	for (size_t len = 0; len <= sizeof(bytes); len++)
		if (len != sizeof(want) && lease_read(bytes, len, &back) != -EPROTO)
			is_int((int64_t)len, sizeof(want), "another length is no lease");
	is_int(back.ip, 1, "another length leaves the output untouched");
	is_int(lease_read(bytes, sizeof(want), &back), 0, "as many bytes are one");
	ok(lease_equal(&back, &lease) && back.seconds == 3600, "with what was written");
	is_int((int64_t)lease_write(&full, bytes), LEASE_LEN_MAX, "as many routes as there may be");
	is_int(lease_read(bytes, LEASE_LEN_MAX, &back), 0, "which can be read");
	bytes[19]++;
	is_int(lease_read(bytes, LEASE_LEN_MAX, &back), -EPROTO, "one more is no lease");
	memset(bytes + 16, 0xff, 4);
	is_int(lease_read(bytes, LEASE_LEN_MAX, &back), -EPROTO, "nor any other number");
}

static void test_equal(void)
{
	const struct lease lease = { GOOD, .seconds = 60, ROUTER(0x0a000202) };
	struct lease other = lease;

	other.seconds = 3600;
	ok(lease_equal(&lease, &other), "another time alone changes nothing of the interface");
	other.mtu = 1460;
	ok(!lease_equal(&lease, &other), "an MTU does");
	other = lease;
	other.routes[0].via++;
	ok(!lease_equal(&lease, &other), "a router does");
	other = lease;
	other.n_routes = 0;
	ok(!lease_equal(&lease, &other), "so do fewer routes");
	other = lease;
	other.ip++;
	ok(!lease_equal(&lease, &other), "an address does");
	other = lease;
	other.mask <<= 1;
	ok(!lease_equal(&lease, &other), "a mask does");
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(leases); i++) {
		const char *fault = lease_fault(&leases[i].lease);

		is_str(fault ? fault : "none", leases[i].fault ? leases[i].fault : "none",
		       leases[i].name);
	}
	test_bytes();
	test_equal();
	return tap_done();
}
