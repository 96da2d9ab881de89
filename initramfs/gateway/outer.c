/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "outer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int outer_accept(int listener, struct outer *ret_outer)
{
	const int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* Tokens must not wait for each other; a peer that vanished must not hold its place. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	ret_outer->fd = fd;
	return 0;
}

ssize_t outer_read(struct outer *o, void *buf, size_t size)
{
	ssize_t n = recv(o->fd, buf, size, 0);

	return n < 0 ? -errno : n;
}

ssize_t outer_write(struct outer *o, const void *buf, size_t len)
{
	ssize_t n = send(o->fd, buf, len, MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

short outer_events(const struct outer *o, bool want_read, bool want_write)
{
	(void)o;
	return (short)((want_read ? POLLIN : 0) | (want_write ? POLLOUT : 0));
}

void outer_shut(struct outer *o)
{
	(void)shutdown(o->fd, SHUT_WR);
}

void outer_close(struct outer *o)
{
	(void)close(o->fd);
}
