/* SPDX-License-Identifier: MIT */
/*
 * What is taken from a DHCP server's answer: an address, its mask, a default route. udhcpc's hook
 * sends it to init through a pipe, as 12 bytes. Both validate it, since init trusts neither udhcpc
 * nor its hook.
 */
#ifndef GUEST_LEASE_H
#define GUEST_LEASE_H

#include <stddef.h>
#include <stdint.h>

#define LEASE_LEN 12
#define LEASE_FD  5 /* the hook's end of the pipe; udhcpc itself uses 3 and 4 */

struct lease {
	uint32_t ip, mask, router; /* host order; router 0: none */
};

/* The part that is not valid, a static string such as "mask"; NULL if all is. */
const char *lease_fault(const struct lease *lease);

/* ip, mask and router, most significant byte first. */
void lease_write(const struct lease *lease, uint8_t ret_bytes[static LEASE_LEN]);

/* -EPROTO if len is not LEASE_LEN. Does not validate. */
int lease_read(const uint8_t *bytes, size_t len, struct lease *ret_lease);

#endif
