/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/supervisor.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

int supervisor_socket(int *ret_fd)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char own[32];
	bool is_ours, is_one;

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	is_ours = pid && fds && !strcmp(pid, own);
	is_one = is_ours && !strcmp(fds, "1");
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	*ret_fd = is_one ? FIRST_FD : -1;
	if (is_ours && !is_one)
		return fail("connect",
			    "one socket can be handed over, and not another number (LISTEN_FDS)");
	return 0;
}

void supervisor_tell(const char *lines)
{
	struct sockaddr_un there = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(there.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(there.sun_path, path, len);
	if (path[0] == '@')
		there.sun_path[0] = '\0'; /* an abstract name, which has no NUL behind it */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (const struct sockaddr *)&there,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}
