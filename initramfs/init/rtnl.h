/* SPDX-License-Identifier: MIT */
/* Requests to the kernel about interfaces, addresses and routes: rtnetlink(7). */
#ifndef INIT_RTNL_H
#define INIT_RTNL_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define RTNL_SIZE 256 /* room for any request that is made here */

struct rtnl {
	union {
		struct nlmsghdr head;
		uint32_t words[RTNL_SIZE / 4];
	};
};

/* A request of a type (RTM_NEWADDR and the like), with its fixed part. flags: NLM_F_CREATE... */
void rtnl_begin(struct rtnl *m, uint16_t type, uint16_t flags, const void *fixed, size_t len);

/* Adds an attribute. */
void rtnl_put(struct rtnl *m, uint16_t type, const void *value, size_t len);

/* Sends it; the kernel's answer, 0 or negative errno. */
int rtnl_do(struct rtnl *m);

/*
 * Sends it as a question about all that there are, and calls each with every answer. 0, or negative
 * errno, also of each, which ends it.
 */
int rtnl_list(struct rtnl *m, int (*each)(struct nlmsghdr *answer, void *arg), void *arg);

/*
 * A socket that becomes readable when an interface changes, or negative errno; rtnl_drain() empties
 * it.
 */
int rtnl_watch(void);
void rtnl_drain(int fd);

#endif
