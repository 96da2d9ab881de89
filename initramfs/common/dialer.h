/* SPDX-License-Identifier: MIT */
/*
 * What gateway and dialer say to each other, one packet each over a SOCK_SEQPACKET pair:
 *
 *   request   one byte, DIAL_REQUEST
 *   answer    one byte, 0, with one descriptor (SCM_RIGHTS): a non-blocking TCP socket of the
 *             container's network namespace that is connected or connecting to the container's
 *             port; or one byte, an errno, without a descriptor
 *
 * Answers come in the order of requests. An error, or anything unexpected, ends the side that sees
 * it. Here: the dialer's side; the gateway's is dial.h.
 */
#ifndef GUEST_DIALER_H
#define GUEST_DIALER_H

#include <stdint.h>
#include <sys/socket.h>

#define DIAL_REQUEST 'd'

/* Room for exactly one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int))];
};

/*
 * Serves requests on socket until the gateway is gone, or whoever has the other end of the pipe
 * alive; a request that was taken is always answered. A dialer that takes its place on the same
 * socket serves those that were not. Returns 0, or negative errno.
 */
int dial_serve(int socket, int alive, uint16_t port);

#endif
