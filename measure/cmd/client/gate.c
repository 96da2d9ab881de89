/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/gate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "measure/lib/array.h"

static const char *const own_hosts[] = { "127.0.0.1", "localhost", "[::1]" };

/* ---- heads ---- */

static bool is(struct span s, const char *text)
{
	return s.left == strlen(text) && !strncasecmp((const char *)s.p, text, s.left);
}

/* The next line of a parsed head, without its CR LF; false at the empty one. */
static bool next_line(struct span *head, struct span *ret_line)
{
	const uint8_t *end = head->left ? memchr(head->p, '\n', head->left) : NULL;

	if (!end || end - head->p < 2)
		return false;
	*ret_line = span_of(head->p, (size_t)(end - head->p) - 1);
	(void)span_skip(head, ret_line->left + 2);
	return true;
}

static struct span trimmed(struct span s)
{
	while (s.left > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		(void)span_skip(&s, 1);
	while (s.left > 0 && (s.p[s.left - 1] == ' ' || s.p[s.left - 1] == '\t'))
		s.left--;
	return s;
}

size_t gate_field(struct span head, const char *name, struct span *ret_value)
{
	size_t len = strlen(name), n = 0;
	struct span line;

	(void)next_line(&head, &line);
	while (next_line(&head, &line)) {
		if (line.left <= len || line.p[len] != ':' ||
		    strncasecmp((const char *)line.p, name, len) != 0)
			continue;
		*ret_value = trimmed(span_of(line.p + len + 1, line.left - len - 1));
		n++;
	}
	return n;
}

/* ---- origins ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

const char *gate_refuses_origin(const char *text)
{
	const char *host = strstr(text, "://");
	size_t scheme =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (!strcmp(text, "null"))
		return NULL;
	if (strchr(text, '*'))
		return "any web page could then ask; name the origins one by one";
	if (!host || host == text || scheme != (size_t)(host - text) || !host[3])
		return "not an origin: SCHEME://HOST[:PORT], or null";
	if (strpbrk(host + 3, "/ ,@?#"))
		return "an origin ends with its host or port, and has no path";
	if (strlen(text) > GATE_ORIGIN_MAX)
		return "longer than 255 characters";
	if ((!strncasecmp(text, "https:", 6) && ends_with(text, ":443")) ||
	    (!strncasecmp(text, "http:", 5) && ends_with(text, ":80")))
		return "browsers omit the scheme's default port; do the same";
	return NULL;
}

/* ---- requests ---- */

/* "127.0.0.1:8080"; without a port, the default port of http. */
static bool is_own_host(const struct gate *gate, struct span host)
{
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(own_hosts); i++) {
		snprintf(text, sizeof(text), "%s:%u", own_hosts[i], gate->port);
		if (is(host, text) || (gate->port == 80 && is(host, own_hosts[i])))
			return true;
	}
	return false;
}

static bool is_own_origin(const struct gate *gate, struct span origin)
{
	static const char http[] = "http://";

	return origin.left >= sizeof(http) &&
	       !strncasecmp((const char *)origin.p, http, sizeof(http) - 1) &&
	       span_skip(&origin, sizeof(http) - 1) == 0 && is_own_host(gate, origin);
}

static const char *find_allowed(const struct gate *gate, struct span origin)
{
	for (size_t i = 0; i < gate->origin.n; i++)
		if (is(origin, gate->origin.v[i]))
			return gate->origin.v[i];
	return NULL;
}

/* Cut to what an error line has room for. */
#define SHOWN(s) (int)((s).left < GATE_ORIGIN_MAX ? (s).left : GATE_ORIGIN_MAX), (const char *)(s).p

static bool check_host(const struct gate *gate, struct span head,
		       const struct http_request *request, char why[static GATE_WHY_MAX])
{
	struct span host = span_of("", 0);
	size_t n = gate_field(head, "host", &host);

	if (request->form != HTTP_ABSOLUTE && n == 1 && is_own_host(gate, host))
		return true;
	if (request->form == HTTP_ABSOLUTE)
		snprintf(why, GATE_WHY_MAX,
			 "this is not a proxy for other hosts; ask http://127.0.0.1:%u itself",
			 gate->port);
	else
		snprintf(
			why, GATE_WHY_MAX,
			"the request is for the host \"%.*s\", which a web page may have led here; ask http://127.0.0.1:%u, or listen on a Unix socket (--listen)",
			SHOWN(host), gate->port);
	return false;
}

/* What browsers send with requests that have no Origin, such as one for an image in a page. */
static bool check_site(struct span head, char why[static GATE_WHY_MAX])
{
	struct span site;
	size_t n = gate_field(head, "sec-fetch-site", &site);

	if (n == 0 || (n == 1 && (is(site, "same-origin") || is(site, "none"))))
		return true;
	snprintf(
		why, GATE_WHY_MAX,
		"a page of another origin asks (Sec-Fetch-Site: %.*s), and does not say which; type the address, or let the page ask with its Origin and --allow-origin",
		SHOWN(site));
	return false;
}

static bool check_origin(const struct gate *gate, struct span head, const char **ret_origin,
			 char why[static GATE_WHY_MAX])
{
	struct span origin;
	size_t n = gate_field(head, "origin", &origin);

	if (n == 0)
		return check_site(head, why);
	if (n == 1 && is_own_origin(gate, origin))
		return true;
	*ret_origin = n == 1 ? find_allowed(gate, origin) : NULL;
	if (*ret_origin)
		return true;
	snprintf(
		why, GATE_WHY_MAX,
		"a page of %.*s asks, which is not allowed to; if you mean it: --allow-origin %.*s",
		SHOWN(origin), SHOWN(origin));
	return false;
}

enum gate_verdict gate_check(const struct gate *gate, struct span head,
			     const struct http_request *request, const char **ret_origin,
			     char why[static GATE_WHY_MAX])
{
	struct span method;

	*ret_origin = NULL;
	if (gate->is_open)
		return GATE_PASSES;
	if (!check_host(gate, head, request, why) || !check_origin(gate, head, ret_origin, why))
		return GATE_REFUSED;
	if (*ret_origin && is(request->method, "OPTIONS") &&
	    gate_field(head, "access-control-request-method", &method) == 1)
		return GATE_PREFLIGHT;
	return GATE_PASSES;
}
