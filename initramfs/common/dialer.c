/* SPDX-License-Identifier: MIT */
#include "initramfs/common/dialer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 1000 /* the port may accept later than it is asked */
#define ACCEPT_MS  2	/* between two questions whether it does */

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

int dialer_answer(int socket, unsigned char number, int fd)
{
	unsigned char bytes[] = { number, (unsigned char)(fd < 0 ? -fd : 0) };
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = fd < 0 ? 0 : sizeof(control.room) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	if (cmsg) {
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	if (sendmsg(socket, &msg, MSG_NOSIGNAL) >= 0)
		return fd >= 0;
	return fd < 0 ? -errno : dialer_answer(socket, number, -errno);
}

static bool accepts(uint16_t port)
{
	struct pollfd p = { .fd = connect_loopback(port), .events = POLLOUT };

	(void)poll(&p, 1, p.fd < 0 ? 0 : CONNECT_MS);
	(void)close(p.fd);
	return p.revents == POLLOUT;
}

int dial_serve(int socket, int alive, uint16_t port, int turn)
{
	bool ready = turn < 0;

	for (;;) {
		struct pollfd p[] = { { .fd = alive },
				      { .fd = ready ? socket : -1, .events = POLLIN } };
		unsigned char request[2];
		ssize_t n;
		int fd, r;

		(void)lockf(turn, F_ULOCK, 0); /* it has none, or others go on */
		if (poll(p, 2, ready ? -1 : ACCEPT_MS) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents) /* readable only because its other end was closed */
			return turn < 0 ? 0 : -EPIPE;
		ready = ready || accepts(port);
		if (!p[1].revents)
			continue;
		if (turn >= 0 && lockf(turn, F_LOCK, 0) < 0)
			return -errno;
		n = recv(socket, request, sizeof(request), MSG_PEEK | MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (n != 1)
			return -EPROTO;
		fd = connect_loopback(port);
		r = dialer_answer(socket, request[0], fd);
		if (r < 0)
			return r;
		(void)recv(socket, request, sizeof(request), MSG_DONTWAIT);
		if (r > 0 && turn >= 0) {
			(void)lockf(turn, F_ULOCK, 0);
			p[1] = (struct pollfd){ .fd = fd };
			return poll(p, 2, -1) < 0 ? -errno : 0;
		}
		(void)close(fd);
	}
}
