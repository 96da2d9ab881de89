/* SPDX-License-Identifier: MIT */
/* The gateway's side of what dialer.h describes. */
#ifndef GUEST_DIAL_H
#define GUEST_DIAL_H

#include <stdint.h>

#define DIAL_WINDOW 64 /* requests on their way */

struct dial {
	int socket;
	uint8_t asked, answered; /* the numbers of the next request and of the next answer */
};

/* Requests on their way: asked and not yet answered, whether or not someone still waits. */
static inline unsigned dial_open(const struct dial *dial)
{
	return (uint8_t)(dial->asked - dial->answered);
}

/*
 * Asks, without waiting for the answer. 0, or negative errno: -EPIPE if the dialer is gone, -EAGAIN
 * if there are DIAL_WINDOW requests on their way, or there is no room for this one at the moment.
 */
int dial_ask(struct dial *dial);

/*
 * Takes the next answer, if there is one: 0 and in ret_fd the socket, the caller's to close, or the
 * negative errno that kept it from being one. -EAGAIN: there is none; -EPIPE if the dialer is gone,
 * -EPROTO if it breaks the protocol, ret_fd untouched.
 */
int dial_answer(struct dial *dial, int *ret_fd);

/* Closes a socket that nobody needs, in a way that ends what the dialer made it for (dialer.h). */
void dial_drop(int fd);

#endif
