/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/port.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "initramfs/common/service.h"
#include "initramfs/gateway/loop.h"
#include "initramfs/gateway/steps.h"

#define ACCEPTS_MAX 16 /* in one turn */

/* Tokens must not wait for each other; a peer that vanished must not hold its place. */
int port_prepare(void)
{
	const int on = 1, idle_s = 60, interval_s = 15, tries = 4;

	if (setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s,
		       sizeof(interval_s)) < 0 ||
	    setsockopt(SERVICE_SUBJECT, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries)) < 0)
		return -errno;
	return 0;
}

static void accept_some(struct watch *watch)
{
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof(peer);
		int fd = accept4(watch->fd, (struct sockaddr *)&peer, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return; /* nobody, or gone again */
		steps_begin(fd, &peer);
	}
}

int port_open(int backlog)
{
	static struct watch port = { .fd = SERVICE_SUBJECT, .ready = accept_some };

	return listen(SERVICE_SUBJECT, backlog) < 0 ? -errno : loop_watch(&port, EPOLLIN);
}
