/* SPDX-License-Identifier: MIT */
/* The gateway's side of what dialer.h describes. */
#ifndef GUEST_DIAL_H
#define GUEST_DIAL_H

/*
 * Asks and waits, at most 10 s (the dialer never blocks). ret_fd is the caller's to close. -EPIPE
 * if the dialer is gone, -EPROTO if it talks nonsense, -ETIMEDOUT; other values: the dialer could
 * not make a socket.
 */
int dial(int socket, int *ret_fd);

#endif
