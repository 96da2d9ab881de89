/* SPDX-License-Identifier: MIT */
#include "initramfs/common/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char noted[REASON_MAX];

int because(int r, const char *format, ...)
{
	va_list ap;

	if (noted[0] != '\0')
		return r;
	va_start(ap, format);
	(void)vsnprintf(noted, sizeof(noted), format, ap);
	va_end(ap);
	return r;
}

int because_of(int r, const char *what)
{
	return r < 0 ? because(r, "%s: %s", what, strerror(-r)) : r;
}

void reason_forget(void)
{
	noted[0] = '\0';
}

const char *reason(void)
{
	return noted;
}
