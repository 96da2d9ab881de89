/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/fetch.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "measure/cmd/client/tcp.h"
#include "measure/cmd/instant.h"
#include "measure/lib/array.h"
#include "measure/lib/http.h"
#include "measure/lib/ipv4.h"
#include "measure/record/error.h"

#define SCHEME	    "http://"
#define REQUEST_MAX 1024

/* Splits the URL: host and port to url, what is asked for to ret_path. */
static int split(const char *text, struct url *ret_url, const char **ret_path,
		 struct rampart_error *error)
{
	const char *host = text + strlen(SCHEME);
	size_t len = strcspn(host, "/?#");
	char place[URL_HOST_MAX + URL_PORT_MAX + 4];
	const char *colon;

	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
		return error_set(error, -1, "%s: not an http URL", text);
	if (len + 4 > sizeof(place))
		return error_set(error, -1, "%s: a name that is too long", text);
	snprintf(place, sizeof(place), "%.*s", (int)len, host);
	colon = strrchr(place, ':');
	if (!colon || strchr(colon, ']'))
		snprintf(place + len, sizeof(place) - len, ":80");
	*ret_path = host[len] == '/' ? host + len : "/";
	return url_parse(place, ret_url, error) < 0 ? -1 : 0;
}

/* IANA IPv4 Special-Purpose Address Registry (RFC 6890), and multicast. Host order. */
static bool is_public_v4(uint32_t ip)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} special[] = {
		{ 0x00000000, 8 },  { 0x0a000000, 8 },	{ 0x64400000, 10 }, { 0x7f000000, 8 },
		{ 0xa9fe0000, 16 }, { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 },
		{ 0xc0586300, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 },
		{ 0xcb007100, 24 }, { 0xe0000000, 4 },	{ 0xf0000000, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if ((ip & ipv4_mask(special[i].bits)) == special[i].net)
			return false;
	return true;
}

/*
 * IANA IPv6 Special-Purpose Address Registry: global unicast is 2000::/3. What carries an address of IPv4
 * (RFC 6052, RFC 4291 section 2.5.5) is what that is; tunnels are nobody's.
 */
static bool is_public_v6(const uint8_t ip[static 16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const uint8_t ietf[] = { 0x20, 0x01 }, six_to_four[] = { 0x20, 0x02 };
	static const uint8_t documents[] = { 0x20, 0x01, 0x0d, 0xb8 };

	if (!memcmp(ip, mapped, sizeof(mapped)) || !memcmp(ip, nat64, sizeof(nat64)))
		return is_public_v4((uint32_t)ip[12] << 24 | (uint32_t)ip[13] << 16 |
				    (uint32_t)ip[14] << 8 | ip[15]);
	return ip[0] >> 5 == 1 && (memcmp(ip, ietf, 2) != 0 || ip[2] > 0x01) &&
	       memcmp(ip, six_to_four, 2) != 0 && memcmp(ip, documents, 4) != 0;
}

bool fetch_is_public(const struct sockaddr *address)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return is_public_v4(ntohl(v4.sin_addr.s_addr));
	}
	memcpy(&v6, address, sizeof(v6));
	return address->sa_family == AF_INET6 && is_public_v6(v6.sin6_addr.s6_addr);
}

/* Those that may be asked are left. */
static int leave_public(const char *host, const char *const *allowed, struct tcp_addresses *a,
			struct rampart_error *error)
{
	size_t n = 0;

	for (; *allowed; allowed++)
		if (!strcasecmp(*allowed, host))
			return 0;
	for (size_t i = 0; i < a->n; i++)
		if (fetch_is_public((const struct sockaddr *)&a->v[i].sockaddr))
			a->v[n++] = a->v[i];
	a->n = n;
	return n > 0 ? 0
		     : error_set(
			       error, -1,
			       "%s is not on the public internet, and is not asked on the word of evidence; --allow-host %s if you mean it",
			       host, host);
}

/* Waits for the socket. 0, or a negative errno. */
static int await(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = deadline - instant_ms();
	int r = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (r == 0)
		return -ETIMEDOUT;
	return r < 0 && errno != EINTR ? -errno : 0;
}

static int send_all(int fd, const char *bytes, size_t len, int64_t deadline)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		n = await(fd, POLLOUT, deadline);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

/* Until the other side ends; -EFBIG: it does not within FETCH_MAX. */
static int receive_all(int fd, uint8_t *bytes, size_t *ret_len, int64_t deadline)
{
	size_t len = 0;

	while (len < FETCH_MAX) {
		ssize_t n = recv(fd, bytes + len, FETCH_MAX - len, 0);

		if (n == 0) {
			*ret_len = len;
			return 0;
		}
		if (n > 0) {
			len += (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		n = await(fd, POLLIN, deadline);
		if (n < 0)
			return (int)n;
	}
	return -EFBIG;
}

/* The content of a whole answer. HTTP/1.0 was asked for, so it ends with the connection. */
static int take_content(const uint8_t *bytes, size_t len, struct span *ret,
			struct rampart_error *error)
{
	struct http_scan scan = { 0 };
	struct http_response response;
	size_t head;

	if (http_scan(&scan, span_of(bytes, len), &head) < 0 ||
	    http_parse_response(span_of(bytes, head), &response) < 0)
		return error_set(error, -1, "not an answer of HTTP");
	if (response.status != 200)
		return error_set(error, -1, "status %u", response.status);
	if (response.chunked || (response.has_length && response.length != len - head))
		return error_set(error, -1, "the answer is not whole");
	*ret = span_of(bytes + head, len - head);
	return 0;
}

static int ask(int fd, const struct url *url, const char *path, int64_t deadline, uint8_t *bytes,
	       size_t *ret_len)
{
	char request[REQUEST_MAX], host[URL_AUTHORITY_MAX];
	int len, r;

	url_authority(url, "80", host);
	len = snprintf(request, sizeof(request),
		       "GET %s HTTP/1.0\r\nHost: %s\r\nAccept: */*\r\n\r\n", path, host);
	r = len < REQUEST_MAX ? send_all(fd, request, (size_t)len, deadline) : -EFBIG;
	return r < 0 ? r : receive_all(fd, bytes, ret_len, deadline);
}

int fetch(const char *text, const char *const *allowed, int64_t deadline, uint8_t **ret_bytes,
	  size_t *ret_len, struct rampart_error *error)
{
	struct tcp_addresses addresses;
	struct tcp_outcome outcome;
	struct span content;
	const char *path = NULL;
	struct url url;
	uint8_t *bytes;
	size_t len = 0;
	int fd, r;

	if (split(text, &url, &path, error) < 0 ||
	    tcp_resolve(&url, deadline, &addresses, error) < 0 ||
	    (allowed && leave_public(url.host, allowed, &addresses, error) < 0))
		return -1;
	r = tcp_race(&addresses, deadline, &fd, &outcome);
	if (r < 0)
		return error_set(error, -1, "%s", strerror(-r));
	bytes = malloc(FETCH_MAX);
	r = bytes ? ask(fd, &url, path, deadline, bytes, &len) : -ENOMEM;
	(void)close(fd);
	if (r < 0) {
		free(bytes);
		return r == -EFBIG ? error_set(error, -1, "more than %d bytes", FETCH_MAX)
				   : error_set(error, -1, "%s", strerror(-r));
	}
	r = take_content(bytes, len, &content, error);
	if (r < 0) {
		free(bytes);
		return -1;
	}
	memmove(bytes, content.p, content.left);
	*ret_bytes = bytes;
	*ret_len = content.left;
	return 0;
}
