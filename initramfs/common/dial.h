/* SPDX-License-Identifier: MIT */
/* The gateway's side of what dialer.h describes. */
#ifndef GUEST_DIAL_H
#define GUEST_DIAL_H

/* Asks, without waiting for the answer. 0, or negative errno: -EPIPE if the dialer is gone, -EAGAIN
 * if it has not taken the many questions before. */
int dial_ask(int socket);

/*
 * Takes the next answer, if there is one: 0 and in ret_fd the socket, the caller's to close, or the
 * negative errno that kept the dialer from making one. -EAGAIN: there is none; -EPIPE if the dialer
 * is gone, -EPROTO if it talks nonsense, ret_fd untouched.
 */
int dial_answer(int socket, int *ret_fd);

/*
 * Asks and waits, at most 10 s (the dialer never blocks). ret_fd is the caller's to close. -EPIPE
 * if the dialer is gone, -EPROTO if it talks nonsense, -ETIMEDOUT; other values: the dialer could
 * not make a socket.
 */
int dial(int socket, int *ret_fd);

#endif
