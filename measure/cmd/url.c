/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HTTPS "https://"

static int broken(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

/* RFC 3986, section 3.2.2 "Host", without what no resolver takes. */
static int set_host(struct url *url, const char *host, size_t len, const char *characters,
		    const char **ret_why)
{
	if (len == 0 || len >= sizeof(url->host))
		return broken(ret_why, "no host, or one of more than 255 characters");
	memcpy(url->host, host, len);
	url->host[len] = '\0';
	if (strspn(url->host, characters) != len || url->host[0] == '-')
		return broken(ret_why, "not a host name or an address");
	return 0;
}

static int set_port(struct url *url, const char *port, const char **ret_why)
{
	size_t len = strspn(port, "0123456789");

	if (len == 0 || len >= sizeof(url->port) || (port[len] != '\0' && strcmp(port + len, "/")))
		return broken(ret_why, "after the host may come \":PORT\" and \"/\", and no more");
	memcpy(url->port, port, len);
	url->port[len] = '\0';
	if (port[0] == '0' || strtoul(url->port, NULL, 10) > 65535)
		return broken(ret_why, "not a port: 1 to 65535");
	return 0;
}

int url_parse(const char *text, struct url *ret_url, const char **ret_why)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   ".-_";
	struct url url = { .port = "443" };
	const char *rest = text, *end;
	int r;

	if (strncmp(text, HTTPS, sizeof(HTTPS) - 1) == 0)
		rest += sizeof(HTTPS) - 1;
	else if (strstr(text, "://"))
		return broken(ret_why, "not an https:// address");
	if (*rest == '[') {
		end = strchr(++rest, ']');
		if (!end)
			return broken(ret_why, "no ] after the address");
		r = set_host(&url, rest, (size_t)(end - rest), "0123456789abcdefABCDEF:.%",
			     ret_why);
		end++;
	} else {
		end = rest + strcspn(rest, ":/");
		r = set_host(&url, rest, (size_t)(end - rest), name, ret_why);
	}
	if (r == 0 && *end == ':')
		r = set_port(&url, end + 1, ret_why);
	else if (r == 0 && *end != '\0' && strcmp(end, "/") != 0)
		r = broken(ret_why, "after the host may come \":PORT\" and \"/\", and no more");
	if (r == 0)
		*ret_url = url;
	return r;
}
