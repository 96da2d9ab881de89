/* SPDX-License-Identifier: MIT */
#include "initramfs/common/dial.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/dialer.h"

/*
 * A dialer's end that is closed with a request unread resets the connection instead of ending it.
 */
static int socket_error(void)
{
	return errno == ECONNRESET ? -EPIPE : -errno;
}

/* One message: the descriptor in it or -1, and its bytes. */
static int receive(int socket, unsigned char bytes[static 2], int *ret_fd, bool *ret_cut)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = 2 };
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
	*ret_fd = -1;
	*ret_cut = msg.msg_flags & MSG_CTRUNC;
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(*ret_fd));
	return n == 2 && !(msg.msg_flags & MSG_TRUNC) ? 0 : -EPROTO;
}

int dial_answer(struct dial *dial, int *ret_fd)
{
	unsigned char bytes[2];
	bool cut = false, expected;
	int fd = -1, r = receive(dial->socket, bytes, &fd, &cut);

	if (r < 0)
		return r;
	/* The kernel leaves out a descriptor that this process cannot have. */
	if (fd < 0 && bytes[1] == 0 && cut)
		bytes[1] = EMFILE;
	expected = bytes[0] == dial->answered && dial_open(dial) > 0 && (fd < 0) == (bytes[1] != 0);
	if (expected) {
		dial->answered++;
		*ret_fd = fd < 0 ? -bytes[1] : fd;
		return 0;
	}
	if (fd >= 0)
		dial_drop(fd);
	/*
	 * Answered by a dialer that then ended, and again by the next one: epoll reports what
	 * follows.
	 */
	return bytes[0] == (uint8_t)(dial->answered - 1) ? -EAGAIN : -EPROTO;
}

int dial_ask(struct dial *dial)
{
	if (dial_open(dial) == DIAL_WINDOW)
		return -EAGAIN;
	if (send(dial->socket, &dial->asked, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		return errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : socket_error();
	dial->asked++;
	return 0;
}

void dial_drop(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
	(void)close(fd);
}
