/* SPDX-License-Identifier: MIT */
/*
 * What gateway and dialer say to each other, one packet each over a SOCK_SEQPACKET pair:
 *
 *   request   one byte, DIAL_REQUEST
 *   answer    one byte, 0, with one descriptor (SCM_RIGHTS): a non-blocking TCP socket of the
 *             container's network namespace that is connected or connecting to the container's
 * port; or one byte, an errno, without a descriptor
 *
 * Answers come in the order of requests. An error, or anything unexpected, ends the side that sees
 * it.
 */
#ifndef GUEST_DIAL_H
#define GUEST_DIAL_H

#include <stdint.h>

#define DIAL_REQUEST 'd'

/* The dialer: serves requests on socket until the gateway is gone. Returns 0 then, or negative
 * errno. */
int dial_serve(int socket, uint16_t port);

/*
 * The gateway: asks and waits, at most 10 s (the dialer never blocks). ret_fd is the caller's to
 * close. -EPIPE if the dialer is gone, -EPROTO if it talks nonsense, -ETIMEDOUT; other values: the
 * dialer could not make a socket.
 */
int dial(int socket, int *ret_fd);

#endif
