/* SPDX-License-Identifier: MIT */
/*
 * The address of a machine. Sources: RFC 3986, section 3.2.2 "Host"; RFC 6874, section 2
 * "Specification" of zones in URIs; RFC 1035, section 2.3.4 "Size limits".
 */
#ifndef MEASURE_CMD_CLIENT_URL_H
#define MEASURE_CMD_CLIENT_URL_H

#include <stdbool.h>

#include "measure/rampart.h"

#define URL_HOST_MAX 256 /* a name of DNS has at most 253 characters, and a dot behind them */
#define URL_PORT_MAX 6

struct url {
	char host[URL_HOST_MAX]; /* name or address, without the brackets of IPv6; "fe80::1%eth0" */
	char port[URL_PORT_MAX]; /* decimal, 1 to 65535 */
	bool is_address;	 /* an IPv4 or IPv6 address, so nothing is looked up */
};

/*
 * "https://HOST[:PORT][/]", or "HOST[:PORT]" for short; without a port it is 443. HOST is a name in
 * ASCII, as DNS has it (an international one in its form xn--...), with or without a last dot; an
 * IPv4 address of four decimal numbers; or an IPv6 address in brackets, with the interface of a
 * link-local one as [fe80::1%25eth0], or with the % as it is. 0, or -EINVAL with what is wrong in
 * error.
 */
int url_parse(const char *text, struct url *ret_url, struct rampart_error *error);

#define URL_AUTHORITY_MAX (URL_HOST_MAX + URL_PORT_MAX + 3)
/*
 * What a request's Host says: "HOST[:PORT]", an IPv6 address in brackets, no port if it is usual, that
 * of the scheme. Some servers know themselves by no other name. Source: RFC 3986, section 3.2.3 "Port".
 */
void url_authority(const struct url *url, const char *usual,
		   char ret_text[static URL_AUTHORITY_MAX]);

#endif
