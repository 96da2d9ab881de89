/* SPDX-License-Identifier: MIT */
#include "initramfs/cloud/ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 65536
#define READS_MAX  256 /* a server that drips its answer is no better than none */

static char bytes[ANSWER_MAX];

static int dial(uint32_t address, int *ret_fd)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(ASK_PORT),
					.sin_addr.s_addr = htonl(address) };
	struct pollfd p = { .events = POLLOUT };

	p.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p.fd < 0)
		return -errno;
	if ((connect(p.fd, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) ||
	    poll(&p, 1, ASK_WAIT_MS) != 1 || p.revents != POLLOUT) {
		(void)close(p.fd);
		return -ECONNREFUSED;
	}
	*ret_fd = p.fd;
	return 0;
}

static int hear(int fd, struct answer *ret_answer)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n;
		int r;

		if (poll(&p, 1, ASK_WAIT_MS) != 1)
			return -ETIMEDOUT;
		n = recv(fd, bytes + len, sizeof(bytes) - len, 0);
		if (n < 0 || len + (size_t)n == sizeof(bytes))
			return n < 0 ? -errno : -EFBIG;
		len += (size_t)n;
		r = answer_read(bytes, len, n == 0, ret_answer);
		if (r != -EAGAIN)
			return r;
	}
	return -ETIMEDOUT;
}

int ask(uint32_t address, const char *request, size_t len, struct answer *ret_answer)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)request, .iov_len = len };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = -1, r = dial(address, &fd);

	if (r < 0)
		return r;
	r = sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)len ? hear(fd, ret_answer) : -EPIPE;
	(void)close(fd);
	return r;
}
