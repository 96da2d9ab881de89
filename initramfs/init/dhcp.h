/* SPDX-License-Identifier: MIT */
/*
 * One run of udhcpc, which asks for one lease and ends. It reads what anybody on the network sends,
 * so it is confined to that: a user of its own, CAP_NET_RAW, a root with two files, Landlock, a
 * filter. Its hook hands over a lease through a pipe.
 */
#ifndef INIT_DHCP_H
#define INIT_DHCP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "initramfs/common/lease.h"

#define DHCP_WAIT_MS 60000 /* udhcpc gives up by itself after 10 tries of 3 s */

struct dhcp {
	pid_t pid; /* 0: it does not run */
	int lease; /* pipe from its hook */
};

/*
 * Starts it for an interface. ip: the address that it asks to have again, or 0. hostname: the
 * machine's name, for the server, or NULL. filter: an open file. debug: it may write to the
 * console. 0, or negative errno with the reason noted.
 */
int dhcp_start(struct dhcp *dhcp, const char *interface, uint32_t ip, const char *hostname,
	       int filter, bool debug);

/*
 * After its process ended, with a status of waitpid(2), or is to end: ends what it left behind and
 * takes the lease, which is valid. 0, or negative errno with the reason noted.
 */
int dhcp_end(struct dhcp *dhcp, const char *interface, int status, struct lease *ret_lease);

#endif
