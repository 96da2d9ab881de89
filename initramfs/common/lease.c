/* SPDX-License-Identifier: MIT */
#include "initramfs/common/lease.h"

#include <errno.h>
#include <stdbool.h>

/* Not 0.x, loopback, multicast, reserved or broadcast. */
static bool is_host(uint32_t ip)
{
	return ip >> 24 != 0 && ip >> 24 != 127 && ip >> 28 < 14;
}

static bool is_mask(uint32_t mask)
{
	return mask != 0 && (~mask & (~mask + 1)) == 0;
}

const char *lease_fault(const struct lease *lease)
{
	if (!is_host(lease->ip))
		return "address";
	if (!is_mask(lease->mask))
		return "mask";
	if (lease->router && (!is_host(lease->router) || lease->router == lease->ip))
		return "router";
	return NULL;
}

static void put(uint32_t value, uint8_t *to)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void lease_write(const struct lease *lease, uint8_t ret_bytes[static LEASE_LEN])
{
	put(lease->ip, ret_bytes);
	put(lease->mask, ret_bytes + 4);
	put(lease->router, ret_bytes + 8);
}

int lease_read(const uint8_t *bytes, size_t len, struct lease *ret_lease)
{
	if (len != LEASE_LEN)
		return -EPROTO;
	*ret_lease = (struct lease){ get(bytes), get(bytes + 4), get(bytes + 8) };
	return 0;
}
