/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/client/tcp.h"
#include "measure/cmd/instant.h"
#include "measure/lib/http.h"
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
	bool is_v6 = strchr(url->host, ':');
	char request[REQUEST_MAX];
	int len = snprintf(request, sizeof(request),
			   "GET %s HTTP/1.0\r\nHost: %s%s%s:%s\r\nAccept: */*\r\n\r\n", path,
			   is_v6 ? "[" : "", url->host, is_v6 ? "]" : "", url->port);
	int r = len < REQUEST_MAX ? send_all(fd, request, (size_t)len, deadline) : -EFBIG;

	return r < 0 ? r : receive_all(fd, bytes, ret_len, deadline);
}

int fetch(const char *text, int64_t deadline, uint8_t **ret_bytes, size_t *ret_len,
	  struct rampart_error *error)
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
	    tcp_resolve(&url, deadline, &addresses, error) < 0)
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
