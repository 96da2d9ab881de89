/* SPDX-License-Identifier: MIT */
/* The address of a machine. */
#ifndef MEASURE_CMD_URL_H
#define MEASURE_CMD_URL_H

#define URL_HOST_MAX 256 /* a name of DNS has at most 253 characters */
#define URL_PORT_MAX 6

struct url {
	char host[URL_HOST_MAX]; /* name or address, without the brackets of IPv6 */
	char port[URL_PORT_MAX]; /* decimal, 1 to 65535 */
};

/*
 * "https://HOST[:PORT][/]", or "HOST[:PORT]" for short; an IPv6 address stands in brackets, and
 * without a port it is 443. 0, or -EINVAL with what is wrong in ret_why (static).
 */
int url_parse(const char *text, struct url *ret_url, const char **ret_why);

#endif
