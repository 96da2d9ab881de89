/* SPDX-License-Identifier: MIT */
#include "initramfs/common/service.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void service_init(void)
{
	for (int fd = SERVICE_SUBJECT; fd < _SERVICE_MAX; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void report(const char *format, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	(void)!write(SERVICE_REPORT, line, (size_t)n);
	(void)!write(STDERR_FILENO, line, (size_t)n);
}
