/* SPDX-License-Identifier: MIT */
/* What init believes of a DHCP lease: every kind of number that is none, and its 12 bytes. */
#include "initramfs/common/lease.h"

#include <errno.h>

#include "tests/lib/tap.h"

static const struct {
	struct lease lease;
	const char *fault, *name;
} leases[] = {
	{ { 0x0a00020f, 0xffffff00, 0x0a000202 }, NULL, "an address, its mask, a router" },
	{ { 0x0a00020f, 0xffffff00, 0 }, NULL, "no router" },
	{ { 0x0a800005, 0xffffffff, 0x0a800001 }, NULL, "a mask of one address" },
	{ { 0x0a00020f, 0x80000000, 0 }, NULL, "a mask of one bit" },
	{ { 0xdfffffff, 0xff000000, 0x01000000 }, NULL, "the last host and the first" },
	{ { 0, 0xffffff00, 0 }, "address", "no address" },
	{ { 0x00010203, 0xffffff00, 0 }, "address", "0.1.2.3" },
	{ { 0x7f000001, 0xff000000, 0 }, "address", "loopback" },
	{ { 0xe0000001, 0xffffff00, 0 }, "address", "multicast" },
	{ { 0xf0000001, 0xffffff00, 0 }, "address", "reserved" },
	{ { 0xffffffff, 0xffffff00, 0 }, "address", "broadcast" },
	{ { 0x0a00020f, 0, 0 }, "mask", "no mask" },
	{ { 0x0a00020f, 0xff00ff00, 0 }, "mask", "a mask with a hole" },
	{ { 0x0a00020f, 0x00ffffff, 0 }, "mask", "a mask upside down" },
	{ { 0x0a00020f, 0xffffff00, 0x7f000001 }, "router", "loopback as a router" },
	{ { 0x0a00020f, 0xffffff00, 0xe0000001 }, "router", "multicast as a router" },
	{ { 0x0a00020f, 0xffffff00, 0x0a00020f }, "router", "the machine as its router" },
};

int main(void)
{
	static const uint8_t want[LEASE_LEN] = { 10, 0, 2, 15, 255, 255, 255, 0, 10, 0, 2, 2 };
	struct lease back = { 1, 2, 3 };
	uint8_t bytes[LEASE_LEN + 1] = { 0 };

	for (size_t i = 0; i < sizeof(leases) / sizeof(leases[0]); i++) {
		const char *fault = lease_fault(&leases[i].lease);

		is_str(fault ? fault : "none", leases[i].fault ? leases[i].fault : "none",
		       leases[i].name);
	}
	lease_write(&leases[0].lease, bytes);
	ok(!memcmp(bytes, want, sizeof(want)), "12 bytes, most significant first");
	for (size_t len = 0; len <= sizeof(bytes); len++)
		if (len != LEASE_LEN)
			is_int(lease_read(bytes, len, &back), -EPROTO,
			       "another length is no lease");
	ok(back.ip == 1 && back.mask == 2 && back.router == 3, "which leaves the output untouched");
	is_int(lease_read(bytes, LEASE_LEN, &back), 0, "12 bytes are one");
	ok(back.ip == 0x0a00020f && back.mask == 0xffffff00 && back.router == 0x0a000202,
	   "with what was written");
	return tap_done();
}
