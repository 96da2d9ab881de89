/* SPDX-License-Identifier: MIT */
#include "initramfs/common/service.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void service_init(void)
{
	for (int fd = SERVICE_SUBJECT; fd < _SERVICE_MAX; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void report(const char *format, ...)
{
	char line[256] = "";
	va_list ap;
	size_t len;

	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	len = strlen(line);
	line[len++] = '\n';
	(void)!write(SERVICE_REPORT, line, len);
	(void)!write(STDERR_FILENO, line, len);
}
