/* SPDX-License-Identifier: MIT */
#include "dial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "dialer.h"

#define ANSWER_MS 10000

/* A dialer that ends with a request unread resets the connection instead of ending it. */
static int socket_error(void)
{
	return errno == ECONNRESET ? -EPIPE : -errno;
}

static int wait_answer(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, ANSWER_MS);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

int dial_answer(int socket, int *ret_fd)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	if (n == 0)
		return -EPIPE;
	if (n < 0)
		return socket_error();
	if (byte != 0 && cmsg)
		return -EPROTO;
	if (byte != 0) {
		*ret_fd = -(unsigned char)byte;
		return 0;
	}
	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(int)) || (msg.msg_flags & MSG_CTRUNC))
		return -EPROTO;
	memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(*ret_fd));
	return 0;
}

int dial_ask(int socket)
{
	const char request = DIAL_REQUEST;

	return send(socket, &request, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : socket_error();
}

int dial(int socket, int *ret_fd)
{
	int r = dial_ask(socket), fd;

	if (r == 0)
		r = wait_answer(socket);
	if (r == 0)
		r = dial_answer(socket, &fd);
	if (r < 0)
		return r;
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}
