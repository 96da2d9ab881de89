/* SPDX-License-Identifier: MIT */
/* Addresses of IPv4, in host order. */
#ifndef MEASURE_IPV4_H
#define MEASURE_IPV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_TEXT_MAX 16 /* "255.255.255.255" and a NUL */

/*
 * What everything that speaks IPv6 must carry, which tunnels and clouds keep to; and the largest
 * that network cards do.
 */
#define IPV4_MTU_MIN 1280
#define IPV4_MTU_MAX 9216

/* Not 0.x, loopback, multicast, reserved or broadcast. */
static inline bool ipv4_is_host(uint32_t ip)
{
	return ip >> 24 != 0 && ip >> 24 != 127 && ip >> 28 < 14;
}

/* The mask of so many bits, 0 to 32. */
static inline uint32_t ipv4_mask(unsigned bits)
{
	return bits == 0 ? 0 : UINT32_MAX << (32 - bits);
}

/*
 * Dotted decimal of len characters, in its one strict form: inet_aton(3) accepts others. Whether it
 * is one; *ret is untouched if not.
 */
bool ipv4_parse(const char *text, size_t len, uint32_t *ret);

#endif
