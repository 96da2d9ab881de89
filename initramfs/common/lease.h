/* SPDX-License-Identifier: MIT */
/*
 * What is taken of a DHCP server's answer: an address, its mask, a default route. udhcpc's hook
 * sends it to init over a pipe, as 12 bytes; both judge it, since init believes neither of them.
 */
#ifndef GUEST_LEASE_H
#define GUEST_LEASE_H

#include <stddef.h>
#include <stdint.h>

#define LEASE_LEN 12
#define LEASE_FD  5 /* of the hook: the pipe; udhcpc makes 3 and 4 its own */

struct lease {
	uint32_t ip, mask, router; /* host order; router 0: none */
};

/* What of it cannot be, a static string such as "mask"; NULL if it can. */
const char *lease_fault(const struct lease *lease);

/* ip, mask and router, most significant byte first. */
void lease_write(const struct lease *lease, uint8_t ret_bytes[static LEASE_LEN]);

/* -EPROTO if len is not LEASE_LEN. Judges nothing. */
int lease_read(const uint8_t *bytes, size_t len, struct lease *ret_lease);

#endif
