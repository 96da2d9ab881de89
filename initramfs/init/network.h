/* SPDX-License-Identifier: MIT */
/*
 * The machine's lease, for as long as it runs. Half of its time after it came it is asked for
 * again, by a new udhcpc, which takes the same walls; what fails or is refused is tried again with
 * back-off, without end. Until another lease comes, the machine keeps what it has: nobody's
 * silence, refusal or nonsense takes it off the network, and none of it ends the machine.
 *
 * Times are uptimes in ms. Nothing here waits for the network.
 */
#ifndef INIT_NETWORK_H
#define INIT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "initramfs/common/backoff.h"
#include "initramfs/common/lease.h"
#include "initramfs/init/dhcp.h"
#include "initramfs/init/nic.h"

/* However short or long a server's leases are: udhcpc itself has half a minute for one. */
#define RENEW_MIN_MS (30 * 1000)
#define RENEW_MAX_MS (12 * 3600 * 1000)

struct network {
	struct nic nic;	    /* as it was before it had a lease */
	struct lease lease; /* the interface has it */
	int filter;	    /* udhcpc's system calls, an open file */
	bool debug;	    /* udhcpc may write to the console */
	/* By the instance configuration: */
	const char *hostname; /* told to the DHCP server; NULL: none */
	uint32_t mtu;	      /* instead of the lease's; 0: that */
	bool fixed;	      /* the address is; there is nothing to renew */
	struct dhcp dhcp;
	int64_t started_ms, next_ms; /* of udhcpc: its last start; its next one, or its deadline */
	struct backoff backoff;
	bool failing; /* since the last lease; said once */
};

/*
 * Sets the first lease, which stays for good if it is fixed. 0, or negative errno with the reason
 * noted.
 */
int network_set(struct network *n, const struct lease *lease, int64_t now_ms);

/* Another name for the DHCP server, which is told of it at the next turn; borrowed. */
void network_name(struct network *n, const char *hostname);

/* Until network_turn() is due; 0: it is. */
int network_wait_ms(const struct network *n, int64_t now_ms);

/* What is due. */
void network_turn(struct network *n, int64_t now_ms);

/* For every process that ended, with its status of waitpid(2): whether it was udhcpc. */
bool network_ended(struct network *n, pid_t pid, int status, int64_t now_ms);

#endif
