/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/client/web.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure/cmd/client/tcp.h"
#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "measure/lib/framing.h"
#include "measure/lib/http.h"
#include "measure/record/error.h"

#define HEAD_MAX 16384
#define HTTP_URL "http://"
#define TLS_URL	 "https://"

struct web {
	char *base; /* owned: the path of the address, or the folder; without a last slash */
	bool is_folder, is_tls;
	struct url url;
	int64_t deadline;
	int fd; /* -1: not connected */
	SSL *ssl;
};

/* ---- addresses ---- */

static int set_url(struct web *web, const char *authority, size_t len, struct rampart_error *error)
{
	AUTO_FREE char *host = strndup(authority, len);
	const char *colon = host ? strrchr(host, ':') : NULL, *bracket;
	int r;

	if (!host)
		return error_memory(error);
	r = url_parse(host, &web->url, error);
	bracket = strrchr(host, ']');
	if (r == 0 && !web->is_tls && (!colon || (bracket && bracket > colon)))
		strcpy(web->url.port, "80");
	return r;
}

int web_new(const char *address, unsigned timeout_s, struct web **ret_web,
	    struct rampart_error *error)
{
	struct web *web = calloc(1, sizeof(*web));
	const char *rest = address;
	int r = 0;

	if (!web)
		return error_memory(error);
	web->fd = -1;
	web->deadline = instant_ms() + (int64_t)timeout_s * 1000;
	web->is_tls = strncasecmp(address, TLS_URL, strlen(TLS_URL)) == 0;
	web->is_folder = !web->is_tls && strncasecmp(address, HTTP_URL, strlen(HTTP_URL)) != 0;
	if (web->is_folder && strstr(address, "://")) {
		r = error_set(error, -EINVAL, "neither http:// nor https:// nor a folder");
	} else if (!web->is_folder) {
		rest += strlen(web->is_tls ? TLS_URL : HTTP_URL);
		r = set_url(web, rest, strcspn(rest, "/"), error);
		rest += strcspn(rest, "/");
	}
	for (const char *c = rest; !web->is_folder && *c && r == 0; c++)
		if ((unsigned char)*c <= 0x20 || *c == 0x7f || *c == '?' || *c == '#')
			r = error_set(error, -EINVAL, "a path of an address has no \"%c\"", *c);
	web->base = strdup(rest);
	if (r == 0 && !web->base)
		r = error_memory(error);
	for (size_t n = web->base ? strlen(web->base) : 0; n > 0 && web->base[n - 1] == '/'; n--)
		web->base[n - 1] = '\0';
	if (r < 0)
		web_free(web);
	else
		*ret_web = web;
	return r;
}

static void hang_up(struct web *web)
{
	SSL_free(web->ssl);
	web->ssl = NULL;
	if (web->fd >= 0)
		close(web->fd);
	web->fd = -1;
}

void web_free(struct web *web)
{
	if (!web)
		return;
	hang_up(web);
	free(web->base);
	free(web);
}

/* ---- bytes ---- */

static int wait_for(struct web *web, short events)
{
	int64_t left = web->deadline - instant_ms();
	struct pollfd p = { .fd = web->fd, .events = events };

	if (left <= 0)
		return -ETIMEDOUT;
	return poll(&p, 1, (int)left) < 0 && errno != EINTR ? -errno : 0;
}

/* After a call of OpenSSL that returned result without success: 0 if it is worth calling again. */
static int wait_tls(struct web *web, int result)
{
	int error = SSL_get_error(web->ssl, result);

	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		return error == SSL_ERROR_ZERO_RETURN ? -ENODATA : -EPROTO;
	return wait_for(web, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
}

static int connect_tls(struct web *web)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int r = -ENOMEM, n;

	ERR_clear_error();
	if (ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)) {
		/* Signed metadata vouches for the content: rampart-feed(7). */
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
		SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
		web->ssl = SSL_new(ctx);
	}
	SSL_CTX_free(ctx);
	if (!web->ssl || !SSL_set_fd(web->ssl, web->fd) ||
	    (!web->url.is_address && !SSL_set_tlsext_host_name(web->ssl, web->url.host)))
		return r;
	do {
		n = SSL_connect(web->ssl);
		r = n == 1 ? 0 : wait_tls(web, n);
	} while (n != 1 && r == 0);
	ERR_clear_error();
	return r;
}

static int dial(struct web *web, struct rampart_error *error)
{
	struct tcp_addresses addresses;
	struct tcp_outcome outcome;
	struct rampart_error why;
	int r = tcp_resolve(&web->url, web->deadline, &addresses, &why);

	if (r < 0)
		return error_set(error, -EIO, "%s: %s", web->url.host, why.text);
	r = tcp_race(&addresses, web->deadline, &web->fd, &outcome);
	if (r == 0 && web->is_tls)
		r = connect_tls(web);
	if (r == 0)
		return 0;
	hang_up(web);
	return error_set(error, -EIO, "%s port %s: cannot connect: %s", web->url.host,
			 web->url.port,
			 r == -ETIMEDOUT		 ? "no answer"
			 : r == -EPROTO || r == -ENODATA ? "no TLS there"
							 : strerror(-r));
}

static int send_all(struct web *web, const char *bytes, size_t len)
{
	while (len > 0) {
		int n = web->ssl ? SSL_write(web->ssl, bytes, (int)len)
				 : (int)send(web->fd, bytes, len, MSG_NOSIGNAL);
		int r = 0;

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (web->ssl) {
			r = wait_tls(web, n);
		} else {
			r = errno == EAGAIN ? wait_for(web, POLLOUT) : -errno;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* The number of bytes; 0: the other end closed; negative errno. */
static ssize_t receive(struct web *web, uint8_t *buf, size_t size)
{
	for (;;) {
		int r, n = web->ssl ? SSL_read(web->ssl, buf, (int)size)
				    : (int)recv(web->fd, buf, size, 0);

		if (instant_ms() >= web->deadline)
			return -ETIMEDOUT;
		if (n > 0)
			return n;
		if (web->ssl)
			r = wait_tls(web, n);
		else if (n == 0)
			return 0;
		else
			r = errno == EAGAIN ? wait_for(web, POLLIN) : -errno;
		ERR_clear_error();
		if (r < 0)
			return r == -ENODATA ? 0 : r;
	}
}

/* ---- one request ---- */

struct answer {
	struct http_response response;
	uint8_t buf[HEAD_MAX]; /* what follows the head, from at to len */
	size_t at, len;
};

/* A path in a request: what RFC 3986 does not leave as it is, escaped. */
static void print_path(const char *path, char *ret)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,;=:@";

	for (; *path; path++)
		ret += sprintf(ret, strchr(plain, *path) ? "%c" : "%%%02X", (unsigned char)*path);
	*ret = '\0';
}

static int ask(struct web *web, const char *path)
{
	AUTO_FREE char *whole = NULL, *request = NULL, *escaped = NULL;
	char host[URL_AUTHORITY_MAX];
	int n = asprintf(&whole, "/%s", path);

	if (n < 0 || !(escaped = malloc(3 * (size_t)n + 1)))
		return -ENOMEM;
	print_path(whole, escaped);
	url_authority(&web->url, web->is_tls ? "443" : "80", host);
	n = asprintf(&request, "GET %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: rampart\r\n\r\n",
		     web->base, escaped, host);
	return n < 0 ? -ENOMEM : send_all(web, request, (size_t)n);
}

static int read_head(struct web *web, struct answer *a)
{
	struct http_scan scan = { 0 };
	int r;

	while ((r = http_scan(&scan, span_of(a->buf, a->len), &a->at)) == -EAGAIN) {
		ssize_t n = a->len < HEAD_MAX ? receive(web, a->buf + a->len, HEAD_MAX - a->len)
					      : -EPROTO;

		if (n <= 0)
			return n < 0 ? (int)n : -ECONNRESET;
		a->len += (size_t)n;
	}
	return r < 0 ? -EPROTO
		     : (http_parse_response(span_of(a->buf, a->at), &a->response) < 0 ? -EPROTO
										      : 0);
}

struct body {
	uint8_t *bytes; /* owned, max + 1 of them in the end */
	size_t len, size, max;
};

static int keep(struct body *b, struct span data)
{
	if (data.left > b->max - b->len)
		return -EFBIG;
	if (data.left >= b->size - b->len) {
		size_t size = b->len + data.left + 8192;
		uint8_t *more = realloc(b->bytes, size);

		if (!more)
			return -ENOMEM;
		b->bytes = more;
		b->size = size;
	}
	if (data.left > 0)
		memcpy(b->bytes + b->len, data.p, data.left);
	b->len += data.left;
	b->bytes[b->len] = '\0';
	return 0;
}

/* All of what is in a->buf. */
static int take_data(struct framing *framing, struct answer *a, struct body *body)
{
	while (a->at < a->len && !framing_whole(framing)) {
		struct span data;
		size_t n;
		int r;

		if (framing_data(framing, span_of(a->buf + a->at, a->len - a->at), &n, &data) < 0)
			return -EPROTO;
		r = keep(body, data);
		if (r < 0)
			return r;
		a->at += n;
	}
	return 0;
}

static int read_body(struct web *web, struct answer *a, struct body *body)
{
	struct framing framing = { 0 };
	int r;

	if (a->response.chunked)
		framing_chunked(&framing);
	else if (a->response.has_length)
		framing_length(&framing, a->response.length);
	else
		framing_until_end(&framing);
	while ((r = take_data(&framing, a, body)) == 0 && !framing_whole(&framing)) {
		ssize_t n = receive(web, a->buf, sizeof(a->buf));

		if (n == 0 && framing_is_open(&framing))
			break;
		if (n <= 0)
			return n < 0 ? (int)n : -ECONNRESET;
		a->at = 0;
		a->len = (size_t)n;
	}
	if (framing_is_open(&framing) || !a->response.keep_alive || a->at < a->len)
		hang_up(web); /* with -EFBIG the rest is left, too */
	return r;
}

static int exchange(struct web *web, const char *path, struct answer *a, struct body *body)
{
	int r = ask(web, path);

	*a = (struct answer){ .len = 0 };
	if (r == 0)
		r = read_head(web, a);
	if (r == 0)
		r = read_body(web, a, body);
	if (r < 0)
		hang_up(web);
	return r;
}

static int judge(const struct web *web, const struct answer *a, const char *path, int r,
		 struct rampart_error *error)
{
	unsigned status = a->response.status;

	/* What a page about an error has is not looked at, however long it is. */
	if ((r == 0 || r == -EFBIG) && (status == 403 || status == 404 || status == 410))
		return -ENOENT;
	if ((r == 0 || r == -EFBIG) && status >= 300 && status < 400)
		return error_set(
			error, -EIO,
			"%s: %s is elsewhere (status %u): give the address that it leads to",
			web->url.host, path, status);
	if ((r == 0 || r == -EFBIG) && status != 200)
		return error_set(error, -EIO, "%s: %s: status %u", web->url.host, path, status);
	if (r == -EFBIG)
		return error_set(error, -EFBIG, "%s: longer than it may be", path);
	if (r < 0)
		return error_set(error, -EIO, "%s: %s: %s", web->url.host, path,
				 r == -EPROTO	   ? "the answer is not HTTP/1.1"
				 : r == -ETIMEDOUT ? "no answer in time"
						   : strerror(-r));
	return 0;
}

static int get_http(struct web *web, const char *path, struct body *body,
		    struct rampart_error *error)
{
	struct answer a = { .len = 0 };
	bool fresh = web->fd < 0;
	int r = fresh ? dial(web, error) : 0;

	if (r < 0)
		return r;
	r = exchange(web, path, &a, body);
	/* A server may have closed a connection that was idle. */
	if (r < 0 && r != -EFBIG && !fresh && body->len == 0) {
		r = dial(web, error);
		if (r < 0)
			return r;
		r = exchange(web, path, &a, body);
	}
	return judge(web, &a, path, r, error);
}

static int get_file(const struct web *web, const char *path, size_t max, uint8_t **ret,
		    size_t *ret_len, struct rampart_error *error)
{
	AUTO_FREE char *whole = NULL;
	int r;

	if (asprintf(&whole, "%s/%s", web->base, path) < 0)
		return error_memory(error);
	r = read_file(whole, max, ret, ret_len);
	if (r == -EFBIG)
		return error_set(error, r, "%s: longer than the %zu bytes that it may have", whole,
				 max);
	if (r < 0 && r != -ENOENT)
		return error_set(error, -EIO, "%s: %s", whole, strerror(-r));
	return r;
}

int web_get(struct web *web, const char *path, size_t max, uint8_t **ret_bytes, size_t *ret_len,
	    struct rampart_error *error)
{
	struct body body = { .max = max };
	int r;

	if (web->is_folder)
		return get_file(web, path, max, ret_bytes, ret_len, error);
	r = get_http(web, path, &body, error);
	if (r == 0)
		r = keep(&body, span_of(NULL, 0)) < 0 ? error_memory(error) : 0;
	if (r < 0) {
		free(body.bytes);
		return r;
	}
	*ret_bytes = body.bytes;
	*ret_len = body.len;
	return 0;
}
