/* SPDX-License-Identifier: MIT */
#include "initramfs/init/rtnl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_SIZE 32768 /* the kernel fills no larger one: netlink(7) */

void rtnl_begin(struct rtnl *m, uint16_t type, uint16_t flags, const void *fixed, size_t len)
{
	memset(m, 0, sizeof(*m));
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = NLM_F_REQUEST | flags;
	m->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(&m->head), fixed, len);
}

void rtnl_put(struct rtnl *m, uint16_t type, const void *value, size_t len)
{
	size_t at = NLMSG_ALIGN(m->head.nlmsg_len);
	struct rtattr head = { .rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = type };

	memcpy((uint8_t *)m + at, &head, sizeof(head));
	memcpy((uint8_t *)m + at + RTA_LENGTH(0), value, len);
	m->head.nlmsg_len = (uint32_t)(at + RTA_LENGTH(len));
}

static int open_socket(uint32_t groups)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int r;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

/*
 * The kernel answers before send(2) returns, and has more of a long answer ready before recv(2)
 * does: neither ever waits. 1 at the end of the answers.
 */
static int take(int fd, int (*each)(struct nlmsghdr *answer, void *arg), void *arg)
{
	static union {
		struct nlmsghdr head;
		uint8_t bytes[ANSWER_SIZE];
	} answer;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_TRUNC);
	struct nlmsghdr *head = &answer.head;
	int r = 0;

	if (n < 0)
		return -errno;
	if (n > (ssize_t)sizeof(answer))
		return -EMSGSIZE;
	for (unsigned left = (unsigned)n; r == 0 && NLMSG_OK(head, left);
	     head = NLMSG_NEXT(head, left)) {
		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR) {
			r = ((struct nlmsgerr *)NLMSG_DATA(head))->error;
			return r < 0 ? r : 1;
		}
		r = each ? each(head, arg) : -EPROTO;
	}
	return r;
}

static int ask(struct rtnl *m, int (*each)(struct nlmsghdr *answer, void *arg), void *arg)
{
	int fd = open_socket(0), r = 0;

	if (fd < 0)
		return fd;
	if (send(fd, m, m->head.nlmsg_len, 0) != (ssize_t)m->head.nlmsg_len)
		r = -errno;
	while (r == 0)
		r = take(fd, each, arg);
	(void)close(fd);
	return r < 0 ? r : 0;
}

int rtnl_do(struct rtnl *m)
{
	m->head.nlmsg_flags |= NLM_F_ACK;
	return ask(m, NULL, NULL);
}

int rtnl_list(struct rtnl *m, int (*each)(struct nlmsghdr *answer, void *arg), void *arg)
{
	m->head.nlmsg_flags |= NLM_F_DUMP;
	return ask(m, each, arg);
}

int rtnl_watch(void)
{
	return open_socket(RTMGRP_LINK);
}

void rtnl_drain(int fd)
{
	uint8_t byte;

	/* ENOBUFS: some were lost, and others may follow. */
	while (recv(fd, &byte, sizeof(byte), MSG_TRUNC) >= 0 || errno == ENOBUFS)
		;
}
