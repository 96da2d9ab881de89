/* SPDX-License-Identifier: MIT */
/*
 * Tells Azure that the machine is ready, once, and ends: 0 when the platform has heard it, 1 if it
 * did not in an hour. Without that the platform takes a machine of a generalized image for one that
 * did not start. Nothing depends on it; a machine that is not heard runs as well.
 *
 * Unprivileged, in an empty root, TCP to port 80 alone and to one address, the filter of the dialer,
 * which makes the same calls. Started by init with the descriptors of service.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/report/wire.h"

#define ADDRESS	   0xa83f8110 /* 168.63.129.16 */
#define PORT	   80
#define FILES_MAX  16
#define ANSWER_MAX 65536
#define WAIT_MS	   10000 /* for what comes next */
#define READS_MAX  256	 /* a server that drips its answer is no better than none */
#define TRIES_MAX  360

static char answer[ANSWER_MAX];

static int connect_wire(int *ret_fd)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(PORT),
					.sin_addr.s_addr = htonl(ADDRESS) };
	struct pollfd p = { .events = POLLOUT };

	p.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p.fd < 0)
		return -errno;
	if ((connect(p.fd, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) ||
	    poll(&p, 1, WAIT_MS) != 1 || p.revents != POLLOUT) {
		(void)close(p.fd);
		return -ECONNREFUSED;
	}
	*ret_fd = p.fd;
	return 0;
}

/* The whole answer's content, in answer. */
static int hear(int fd, struct span *ret_content)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	int r = -EAGAIN;

	for (int i = 0; i < READS_MAX && r == -EAGAIN; i++) {
		ssize_t n;

		if (poll(&p, 1, WAIT_MS) != 1)
			return -ETIMEDOUT;
		n = recv(fd, answer + len, sizeof(answer) - len, 0);
		if (n < 0 || len + (size_t)n == sizeof(answer))
			return n < 0 ? -errno : -EFBIG;
		len += (size_t)n;
		r = wire_content(answer, len, n == 0, ret_content);
	}
	return r;
}

/* One exchange on a connection of its own. A request fits the socket's buffer. */
static int exchange(const char *request, size_t len, struct span *ret_content)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)request, .iov_len = len };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = -1, r = connect_wire(&fd);

	if (r < 0)
		return r;
	r = sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)len ? hear(fd, ret_content) : -EPIPE;
	(void)close(fd);
	return r;
}

static int report_ready(void)
{
	char request[WIRE_MESSAGE_MAX];
	struct wire_goal goal;
	struct span content;
	int r = exchange(request, wire_ask(request), &content);

	if (r == 0)
		r = wire_goal(content, &goal);
	return r == 0 ? exchange(request, wire_ready(&goal, request), &content) : r;
}

int main(void)
{
	int r;

	service_init();
	r = because_of(confine(UID_REPORT, FILES_MAX, PORT, SERVICE_FILTER),
		       "cannot confine itself");
	if (r < 0) {
		report("%s", reason());
		return 1;
	}
	for (int i = 0; i < TRIES_MAX; i++) {
		if (report_ready() == 0)
			return 0;
		(void)poll(NULL, 0, WAIT_MS);
	}
	return 1;
}
