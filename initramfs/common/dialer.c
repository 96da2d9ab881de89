/* SPDX-License-Identifier: MIT */
#include "initramfs/common/dialer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A socket, or negative errno. */
static int connect_loopback(uint16_t port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* Streamed tokens are small and must not wait for each other. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	return fd;
}

/* fd: what to send, or negative errno. */
static int answer(int socket, unsigned char number, int fd)
{
	unsigned char bytes[] = { number, (unsigned char)(fd < 0 ? -fd : 0) };
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.room);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	return sendmsg(socket, &msg, MSG_NOSIGNAL) >= 0 ? 0 : -errno;
}

int dial_serve(int socket, int alive, uint16_t port)
{
	for (;;) {
		struct pollfd p[] = { { .fd = alive }, { .fd = socket, .events = POLLIN } };
		unsigned char request[2];
		ssize_t n;
		int fd, r;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents) /* readable only because its other end was closed */
			return 0;
		n = recv(socket, request, sizeof(request), MSG_PEEK | MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (n != 1)
			return -EPROTO;
		fd = connect_loopback(port);
		r = answer(socket, request[0], fd);
		/*
		 * Too many in flight, or out of memory: the socket cannot be passed on, so answer
		 * with the error.
		 */
		if (fd >= 0 && r < 0)
			r = answer(socket, request[0], r);
		if (fd >= 0)
			(void)close(fd);
		if (r < 0)
			return r;
		(void)recv(socket, request, sizeof(request), MSG_DONTWAIT);
	}
}
