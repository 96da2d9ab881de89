/* SPDX-License-Identifier: MIT */
/*
 * What gateway and dialer say to each other, one packet each over a SOCK_SEQPACKET pair:
 *
 *   request   one byte, its number: one more than that of the request before, modulo 256
 *   answer    two bytes, the number of the request and 0, with one descriptor (SCM_RIGHTS): a
 *             non-blocking TCP socket of the container's network namespace that is connected or
 *             connecting to the container's port; or the number and an errno, without a descriptor
 *
 * Answers come in the order of requests. A request is taken off the socket only when it has been
 * answered, so a dialer that ends loses none: its successor answers the same one, perhaps for the
 * second time. Anything unexpected ends the side that sees it; a shortage of descriptors or memory
 * does not. Here: the dialer's side; the gateway's is dial.h.
 */
#ifndef GUEST_DIALER_H
#define GUEST_DIALER_H

#include <stdint.h>
#include <sys/socket.h>

/*
 * Sends an answer: fd, or a negative errno. 1: fd was sent, 0: an errno was, as it is when there are
 * too many in flight, or no memory; or negative errno.
 */
int dialer_answer(int socket, unsigned char number, int fd);

/* The descriptors in answers that the gateway has not read (at most DIAL_WINDOW, dial.h) count as
 * the dialer's open files: unix(7), ETOOMANYREFS. */
#define DIAL_FILES_MAX 256

/* Room for exactly one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int))];
};

/*
 * Serves requests on socket until the gateway is gone, or the process that holds the other end of
 * the pipe alive. A successor on the same socket serves what was not answered. Returns 0, or
 * negative errno.
 *
 * turn: -1; or the dialers of several containers serve the socket, and each serves one connection:
 * a file that all of them have open for writing, whose lock (fcntl(2)) one of them at a time holds
 * while it answers, and loses when it ends. Such a dialer begins when the port accepts, and returns
 * 0 when the gateway has shut its connection down in both directions, which it must do before it
 * closes it, or when its own container has ended; -EPIPE if that was before it had a connection.
 */
int dial_serve(int socket, int alive, uint16_t port, int turn);

#endif
