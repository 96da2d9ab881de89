/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "measure/record/error.h"

#define HTTPS	     "https://"
#define DIGITS	     "0123456789"
#define LETTERS	     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DNS_NAME_MAX 253 /* of a name, without a last dot */
#define LABEL_MAX    63

/* Whether all before a last dot are labels; ret_last is the last of them. */
static bool is_name(const char *host, const char **ret_last, size_t *ret_last_len)
{
	const char *label = host;
	size_t n;

	for (;; label += n + 1) {
		n = strspn(label, LETTERS DIGITS "-_");
		if (n == 0 || n > LABEL_MAX || (label[n] != '.' && label[n] != '\0'))
			return false;
		*ret_last = label;
		*ret_last_len = n;
		if (label[n] == '\0' || label[n + 1] == '\0')
			return host[0] != '-' && label + n - host <= DNS_NAME_MAX;
	}
}

static int check_name(struct url *url, struct rampart_error *error)
{
	const char *last;
	struct in_addr v4;
	size_t n;

	for (const char *c = url->host; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return error_set(
				error, -EINVAL,
				"a name that is not ASCII; write it as DNS has it: xn--...");
	if (!is_name(url->host, &last, &n))
		return error_set(error, -EINVAL, "not a host name or an address");
	url->is_address = inet_pton(AF_INET, url->host, &v4) == 1;
	/* Not a DNS name, but resolvers read it as an address, each in its own way. */
	if (!url->is_address && strspn(last, DIGITS) == n)
		return error_set(error, -EINVAL, "not an IPv4 address: four numbers from 0 to 255");
	return 0;
}

/* In the host, text is what stands behind the first '%'; a URL has that as "%25". */
static int check_zone(char *text, struct rampart_error *error)
{
	size_t n;

	if (!strncmp(text, "25", 2))
		memmove(text, text + 2, strlen(text + 2) + 1);
	n = strlen(text);
	if (n == 0 || n >= IF_NAMESIZE || strspn(text, LETTERS DIGITS "-._~") != n)
		return error_set(
			error, -EINVAL,
			"behind an IPv6 address comes its interface, as in [fe80::1%%25eth0]");
	return 0;
}

static int check_ipv6(struct url *url, struct rampart_error *error)
{
	char *zone = strchr(url->host, '%');
	struct in6_addr v6;
	int r;

	if (zone)
		*zone = '\0';
	if (inet_pton(AF_INET6, url->host, &v6) != 1)
		return error_set(error, -EINVAL, "not an IPv6 address between [ and ]");
	url->is_address = true;
	if (!zone && IN6_IS_ADDR_LINKLOCAL(&v6))
		return error_set(
			error, -EINVAL,
			"a link-local address needs its interface, as in [fe80::1%%25eth0]");
	if (!zone)
		return 0;
	r = check_zone(zone + 1, error);
	*zone = '%';
	return r;
}

static int set_port(struct url *url, const char *port, struct rampart_error *error)
{
	size_t len = strspn(port, DIGITS);

	if (len == 0 || len >= sizeof(url->port) || (port[len] != '\0' && strcmp(port + len, "/")))
		return error_set(error, -EINVAL,
				 "after the host may come \":PORT\" and \"/\", and no more");
	memcpy(url->port, port, len);
	url->port[len] = '\0';
	if (port[0] == '0' || strtoul(url->port, NULL, 10) > 65535)
		return error_set(error, -EINVAL, "not a port: 1 to 65535");
	return 0;
}

int url_parse(const char *text, struct url *ret_url, struct rampart_error *error)
{
	struct url url = { .port = "443" };
	const char *rest = text, *end;
	bool brackets;
	int r;

	if (strncasecmp(text, HTTPS, sizeof(HTTPS) - 1) == 0)
		rest += sizeof(HTTPS) - 1;
	else if (strstr(text, "://"))
		return error_set(error, -EINVAL, "not an https:// address");
	brackets = *rest == '[';
	end = brackets ? strchr(++rest, ']') : rest + strcspn(rest, ":/");
	if (!end)
		return error_set(error, -EINVAL, "no ] after the address");
	if (end == rest || end - rest >= (ptrdiff_t)sizeof(url.host))
		return error_set(error, -EINVAL, "no host, or one of more than 255 characters");
	memcpy(url.host, rest, (size_t)(end - rest));
	r = brackets ? check_ipv6(&url, error) : check_name(&url, error);
	end += brackets;
	if (r == 0 && *end == ':')
		r = set_port(&url, end + 1, error);
	else if (r == 0 && *end != '\0' && strcmp(end, "/") != 0)
		r = error_set(error, -EINVAL,
			      "after the host may come \":PORT\" and \"/\", and no more");
	if (r == 0)
		*ret_url = url;
	return r;
}

void url_authority(const struct url *url, const char *usual,
		   char ret_text[static URL_AUTHORITY_MAX])
{
	bool is_v6 = strchr(url->host, ':'), is_usual = strcmp(url->port, usual) == 0;

	(void)snprintf(ret_text, URL_AUTHORITY_MAX, "%s%s%s%s%s", is_v6 ? "[" : "", url->host,
		       is_v6 ? "]" : "", is_usual ? "" : ":", is_usual ? "" : url->port);
}
