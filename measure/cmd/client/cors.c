/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/cors.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "measure/cmd/client/gate.h"

struct text {
	char *p;
	size_t len, size; /* len > size: it did not fit */
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	size_t room = t->len < t->size ? t->size - t->len : 0;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(room ? t->p + t->len : NULL, room, format, ap);
	va_end(ap);
	t->len += (size_t)n;
}

static void add_asked(struct text *t, struct span head, const char *asked, const char *allowed)
{
	struct span value;

	if (gate_field(head, asked, &value) == 1 && value.left > 0)
		add(t, "%s: %.*s\r\n", allowed, (int)value.left, (const char *)value.p);
}

size_t cors_preflight(struct span head, const char *origin, char *buf, size_t size)
{
	struct text t = { .p = buf, .size = size };
	struct span value;

	add(&t,
	    "HTTP/1.1 204 No Content\r\n"
	    "Access-Control-Allow-Origin: %s\r\n"
	    "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
	    "Access-Control-Max-Age: 600\r\n",
	    origin);
	add_asked(&t, head, "access-control-request-method", "Access-Control-Allow-Methods");
	add_asked(&t, head, "access-control-request-headers", "Access-Control-Allow-Headers");
	if (gate_field(head, "access-control-request-private-network", &value) == 1)
		add(&t, "Access-Control-Allow-Private-Network: true\r\n");
	add(&t, "\r\n");
	return t.len < t.size ? t.len : 0;
}

size_t cors_answer(struct span head, const char *origin, char *buf)
{
	static const char name[] = "access-control-allow-origin:";
	size_t len = 0;

	while (head.left > 2) {
		const uint8_t *end = memchr(head.p, '\n', head.left);
		size_t n = end ? (size_t)(end - head.p) + 1 : head.left;
		bool replaced = n >= sizeof(name) - 1 &&
				!strncasecmp((const char *)head.p, name, sizeof(name) - 1);

		if (!replaced) {
			memcpy(buf + len, head.p, n);
			len += n;
		}
		(void)span_skip(&head, n);
	}
	len += (size_t)snprintf(buf + len, CORS_MORE_MAX,
				"Access-Control-Allow-Origin: %s\r\nVary: Origin\r\n\r\n", origin);
	return len;
}
