/* SPDX-License-Identifier: MIT */
#include "initramfs/init/loghost.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "initramfs/common/reason.h"

static int fd; /* 0: not open */
static struct sockaddr_in host;
static char name[INSTANCE_VALUE_MAX + 1]; /* the machine's own, or "-" */

int loghost_open(const struct instance *instance)
{
	const char *hostname = instance->value[INSTANCE_HOSTNAME];

	if (!instance->log_host || fd > 0)
		return 0;
	/* Not connected: the address that it sends from may change with the lease. */
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return because(-errno, "cannot open a socket for log-host: %s", strerror(errno));
	/* Nobody reads what is sent to it. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ 0 }, sizeof(int));
	host = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(instance->log_port),
				     .sin_addr.s_addr = htonl(instance->log_host) };
	(void)snprintf(name, sizeof(name), "%s", *hostname ? hostname : "-");
	return 0;
}

void loghost_send(const char *text, size_t len)
{
	char head[sizeof("<30>1 -  rampart - - - ") + sizeof(name)];
	struct iovec part[] = { { .iov_base = head }, { (void *)(uintptr_t)text, len } };
	const struct msghdr message = {
		.msg_name = &host, .msg_namelen = sizeof(host), .msg_iov = part, .msg_iovlen = 2
	};

	if (fd <= 0)
		return;
	part[0].iov_len = (size_t)snprintf(head, sizeof(head), "<%d>1 - %s rampart - - - ",
					   strncmp(text, "FAILED ", 7) == 0 ? 27 : 30, name);
	(void)sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}
