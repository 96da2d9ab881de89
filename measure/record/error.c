/* SPDX-License-Identifier: MIT */
#include "measure/record/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "measure/record/text.h"

int error_set(struct rampart_error *error, int code, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	text_clean(error->text);
	return code;
}

int error_at(struct rampart_error *error, int code, const char *path, unsigned line,
	     const char *format, va_list args)
{
	char what[sizeof(error->text)];

	vsnprintf(what, sizeof(what), format, args);
	if (line > 0)
		return error_set(error, code, "%s:%u: %s", path, line, what);
	return error_set(error, code, "%s: %s", path, what);
}

/* What our own codes mean; strerror() is not for threads. */
static const char *meaning(int code)
{
	switch (code) {
	case -EBADMSG:
		return "malformed";
	case -EPROTO:
		return "breaks a rule of its format";
	case -ENOTSUP:
		return "not supported";
	case -EFBIG:
		return "too large";
	case -ENOMEM:
		return "out of memory";
	default:
		return "cannot be read";
	}
}

int error_parse(struct rampart_error *error, int code, const char *name, const struct diag *diag)
{
	if (diag && diag->what)
		return error_set(error, code, "%s: at byte %zu: %s", name, diag->off, diag->what);
	return error_set(error, code, "%s: %s", name, meaning(code));
}

int error_memory(struct rampart_error *error)
{
	return error_set(error, -ENOMEM, "out of memory");
}
