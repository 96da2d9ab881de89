/* SPDX-License-Identifier: MIT */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static bool shared;

void console_open(void)
{
	int fd;

	(void)mkdir("/dev", 0755);
	(void)mount("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
	fd = open(CONSOLE_PATH, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		if (fd != i)
			(void)dup2(fd, i);
	if (fd > 2)
		(void)close(fd);
}

static void write_all(const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* there is nowhere left to say it */
		p += n;
		len -= (size_t)n;
	}
}

void console_share(void)
{
	shared = true;
}

void say(const char *format, ...)
{
	char line[LINE_MAX_BYTES] = "rampart: ";
	size_t len = 9, room = sizeof(line) - 1 - len;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line + len, room, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	len += (size_t)n < room ? (size_t)n : room - 1;
	for (size_t i = 0; i < len; i++)
		if (line[i] < 0x20 || line[i] > 0x7e)
			line[i] = '?';
	line[len++] = '\n';
	if (shared)
		write_all("\n", 1);
	write_all(line, len);
}
