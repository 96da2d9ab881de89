/* SPDX-License-Identifier: MIT */
/*
 * TCP connections to a host that may have several addresses, of which some may not answer: the
 * next one is tried when one has failed, or has not answered for a quarter of a second, while those
 * before it may still answer. The first that does is taken.
 *
 * Source: RFC 8305 "Happy Eyeballs Version 2", sections 4 "Sorting Addresses" and 5 "Connection
 * Attempts". Its section 3 is not followed: getaddrinfo() returns the resolver's answer only as a
 * whole.
 */
#ifndef MEASURE_CMD_CLIENT_TCP_H
#define MEASURE_CMD_CLIENT_TCP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "measure/cmd/client/url.h"

#define TCP_ADDRESSES_MAX 64  /* of a host; further ones are left out */
#define TCP_ATTEMPT_MS	  250 /* RFC 8305, section 8 "Summary of Configurable Values" */

struct tcp_address {
	struct sockaddr_storage sockaddr;
	socklen_t len;
};

struct tcp_addresses {
	struct tcp_address v[TCP_ADDRESSES_MAX];
	size_t n;
};

/*
 * The host's addresses in the order in which they are tried: the resolver's, but with the families
 * taking turns. 0, or -1 with a reason in error. deadline: of instant_ms().
 */
int tcp_resolve(const struct url *url, int64_t deadline, struct tcp_addresses *ret,
		struct rampart_error *error);

/* Puts addresses that are in a resolver's order into the one for tcp_race(). */
void tcp_interleave(struct tcp_addresses *addresses);

/* What became of each address. */
struct tcp_outcome {
	size_t winner;		      /* the one that is connected, if one is */
	int error[TCP_ADDRESSES_MAX]; /* negative errno; -ETIMEDOUT: it was asked, and silent until
				       * the end; 0: it is connected, or was not asked */
};

/*
 * 0 and a connected, non-blocking descriptor without Nagle's delay, owned by the caller; or a
 * negative errno: that of the first address that failed, -ETIMEDOUT at the deadline. ret_outcome is
 * set in either case.
 */
int tcp_race(const struct tcp_addresses *addresses, int64_t deadline, int *ret_fd,
	     struct tcp_outcome *ret_outcome);

#endif
