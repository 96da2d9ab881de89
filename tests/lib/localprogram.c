/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/localprogram.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure/cmd/instant.h"
#include "tests/lib/standin.h"
#include "tests/lib/tap.h"

int dial(unsigned port)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0);
	return fd;
}

void say(int fd, const char *text)
{
	must(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

const char *hear(int fd, const char *words)
{
	static char buf[65536];
	int64_t until = instant_ms() + PATIENCE_MS;
	size_t len = 0;

	buf[0] = 0;
	while (len + 1 < sizeof(buf) && !(words && strstr(buf, words))) {
		int64_t left = until - instant_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return "silence";
		n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		buf[len] = 0;
	}
	return buf;
}

unsigned local_port;

const char *filled(const char *text)
{
	static char buf[32768];
	char own[32];
	size_t len = 0;

	snprintf(own, sizeof(own), "127.0.0.1:%u", local_port);
	while (*text && len + 32 < sizeof(buf)) {
		bool mark = !strncmp(text, "HOST", 4);

		len += (size_t)snprintf(buf + len, 32, "%.*s", mark ? 31 : 1, mark ? own : text);
		text += mark ? 4 : 1;
	}
	buf[len] = 0;
	return buf;
}

const char *local_ask(const char *text)
{
	const char *answer;
	int fd = dial(local_port);

	say(fd, filled(text));
	(void)shutdown(fd, SHUT_WR);
	answer = hear(fd, NULL);
	close(fd);
	return answer;
}

unsigned times(const char *text, const char *words)
{
	unsigned n = 0;

	for (; (text = strcasestr(text, words)) != NULL; text++)
		n++;
	return n;
}

int dial_unix(const char *path)
{
	struct sockaddr_un there = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	snprintf(there.sun_path, sizeof(there.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0)
		return fd;
	close(fd);
	return -1;
}
