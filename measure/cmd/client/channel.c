/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/channel.h"

#include <errno.h>
#include <nss.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/client/tcp.h"
#include "measure/cmd/instant.h"
#include "measure/lib/http.h"
#include "measure/record/error.h"

#define HEAD_MAX 16384

/* At the deadline; what: what it was waited for. */
static int too_late(struct channel *c, const char *what)
{
	return error_set(
		&c->error, -1,
		"no proof within %u s, in which the machine had not %s; --timeout SECONDS gives it more time",
		c->timeout_s, what);
}

/* ---- TCP ---- */

static int open_tcp(struct channel *c, const struct url *url)
{
	struct tcp_addresses addresses;
	struct tcp_outcome outcome;
	struct rampart_error why;
	int r = tcp_resolve(url, c->deadline, &addresses, &why);

	if (r < 0)
		return error_set(&c->error, -1, "%s: %s", url->host, why.text);
	r = tcp_race(&addresses, c->deadline, &c->fd, &outcome);
	if (r < 0)
		return error_set(&c->error, -1, "%s port %s: cannot connect: %s", url->host,
				 url->port, r == -ETIMEDOUT ? "no answer" : strerror(-r));
	return 0;
}

/* ---- TLS ---- */

/* The newest error in OpenSSL's queue, or that there is none. */
static const char *tls_error(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *text = error ? ERR_reason_error_string(error) : NULL;

	ERR_clear_error();
	if (text)
		return text;
	return errno ? strerror(errno) : "connection closed";
}

enum tls_state { TLS_FAILED, TLS_LATE, TLS_READY };

/* After a call that returned result without success: waits until it is worth calling again. */
static enum tls_state tls_wait(struct channel *c, int result)
{
	int error = SSL_get_error(c->ssl, result), saved = errno;
	int64_t left = c->deadline - instant_ms();
	struct pollfd p = { .fd = c->fd };

	if (error == SSL_ERROR_WANT_READ)
		p.events = POLLIN;
	else if (error == SSL_ERROR_WANT_WRITE)
		p.events = POLLOUT;
	else
		return TLS_FAILED;
	ERR_clear_error();
	/* The deadline decides, since records without data could keep coming. */
	if (left > 0 && poll(&p, 1, (int)left) < 0 && errno != EINTR)
		return TLS_FAILED;
	errno = saved;
	return left > 0 ? TLS_READY : TLS_LATE;
}

/* A name is sent without its last dot, an address not at all: RFC 6066. */
static bool set_server_name(SSL *ssl, const struct url *url)
{
	char name[URL_HOST_MAX];
	size_t len = strlen(url->host);

	if (url->is_address)
		return true;
	memcpy(name, url->host, len + 1);
	if (name[len - 1] == '.')
		name[len - 1] = '\0';
	return SSL_set_tlsext_host_name(ssl, name) == 1;
}

static SSL *new_session(const struct url *url, int fd)
{
	static const unsigned char http[] = "\x08http/1.1";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;

	/* Only the evidence, which is for its key, vouches for the certificate. */
	if (ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) &&
	    SSL_CTX_set1_groups_list(ctx, "X25519MLKEM768:X25519")) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		/* Otherwise one read would go on for as long as records without data come. */
		SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
		ssl = SSL_new(ctx);
	}
	SSL_CTX_free(ctx); /* the session keeps its own reference */
	if (ssl && SSL_set_fd(ssl, fd) && set_server_name(ssl, url) &&
	    SSL_set_alpn_protos(ssl, http, sizeof(http) - 1) == 0)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

static int shake_hands(struct channel *c, const struct url *url)
{
	for (;;) {
		int r;

		errno = 0;
		r = SSL_connect(c->ssl);
		if (r == 1)
			return 0;
		switch (tls_wait(c, r)) {
		case TLS_FAILED:
			return error_set(&c->error, -1, "%s port %s: no TLS 1.3 connection: %s",
					 url->host, url->port, tls_error());
		case TLS_LATE:
			return too_late(c, "ended the TLS handshake");
		case TLS_READY:
			break;
		}
	}
}

/* The server's key, and what both ends derive from this connection alone. */
static int take_binding(struct channel *c)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	X509 *cert = SSL_get0_peer_certificate(c->ssl);
	int len = cert ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &c->spki) : -1;

	if (len <= 0)
		return error_set(&c->error, -1, "the machine shows no key in its TLS handshake");
	c->spki_len = (size_t)len;
	if (SSL_export_keying_material(c->ssl, c->exporter, sizeof(c->exporter), label,
				       sizeof(label) - 1, NULL, 0, 0) != 1)
		return error_set(&c->error, -1, "the TLS library gives no exporter");
	return 0;
}

/*
 * The command is one static file: it resolves names from /etc/hosts and DNS only. A module named in
 * nsswitch.conf would have to match the glibc that is linked in.
 */
void channel_init(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)__nss_configure_lookup("hosts", "files dns");
}

/* The TLS connection over c->fd. */
static int secure(struct channel *c, const struct url *url)
{
	ERR_clear_error();
	c->ssl = new_session(url, c->fd);
	if (!c->ssl)
		return error_set(&c->error, -1, "cannot set up TLS: %s", tls_error());
	if (shake_hands(c, url) < 0)
		return -1;
	return take_binding(c);
}

int channel_open(struct channel *c, const struct url *url, unsigned timeout_s)
{
	*c = (struct channel){ .fd = -1,
			       .timeout_s = timeout_s,
			       .deadline = instant_ms() + (int64_t)timeout_s * 1000 };
	return open_tcp(c, url) < 0 ? -1 : secure(c, url);
}

int channel_over(struct channel *c, const struct url *url, int fd, unsigned timeout_s,
		 int64_t deadline)
{
	*c = (struct channel){ .fd = fd, .timeout_s = timeout_s, .deadline = deadline };
	return secure(c, url);
}

void channel_close(struct channel *c)
{
	if (c->ssl && SSL_is_init_finished(c->ssl))
		(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
	SSL_free(c->ssl);
	c->ssl = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	OPENSSL_free(c->spki);
	c->spki = NULL;
}

/* ---- HTTP ---- */

static int write_all(struct channel *c, const void *bytes, size_t len)
{
	for (;;) {
		size_t n;
		int r;

		errno = 0;
		r = len > 0 ? SSL_write_ex(c->ssl, bytes, len, &n) : 1;
		if (r == 1)
			return 0;
		switch (tls_wait(c, r)) {
		case TLS_FAILED:
			return error_set(&c->error, -1, "cannot send the request: %s", tls_error());
		case TLS_LATE:
			return too_late(c, "taken the request");
		case TLS_READY:
			break;
		}
	}
}

static int read_some(struct channel *c, char *buf, size_t size, size_t *ret_n)
{
	for (;;) {
		int r;

		errno = 0;
		r = SSL_read_ex(c->ssl, buf, size, ret_n);
		if (r == 1)
			return instant_ms() < c->deadline ? 0 : too_late(c, "sent a whole answer");
		switch (tls_wait(c, r)) {
		case TLS_FAILED:
			return error_set(&c->error, -1, "the answer ends early: %s", tls_error());
		case TLS_LATE:
			return too_late(c, "sent a whole answer");
		case TLS_READY:
			break;
		}
	}
}

struct answer {
	struct http_response response;
	size_t head_len;
};

/*
 * The head and, after it in the same buffer, what has arrived of the body: *ret_len bytes in all.
 */
static int read_head(struct channel *c, char head[static HEAD_MAX], struct answer *ret_answer,
		     size_t *ret_len)
{
	struct http_scan scan = { 0 };
	size_t len = 0, n;
	int r;

	while ((r = http_scan(&scan, span_of(head, len), &ret_answer->head_len)) == -EAGAIN) {
		if (len == HEAD_MAX)
			return error_set(&c->error, -1, "the answer's head has more than %d bytes",
					 HEAD_MAX);
		if (read_some(c, head + len, HEAD_MAX - len, &n) < 0)
			return -1;
		len += n;
	}
	/* Each of the gateway's own answers has a length. */
	if (r < 0 ||
	    http_parse_response(span_of(head, ret_answer->head_len), &ret_answer->response) < 0 ||
	    !ret_answer->response.has_length)
		return error_set(
			&c->error, -1,
			"the answer is not HTTP/1.1 with a Content-Length, as the gateway speaks it");
	*ret_len = len;
	return 0;
}

static int read_answer(struct channel *c, struct answer *answer, char **ret_body)
{
	char head[HEAD_MAX], *body;
	size_t len = 0, have, body_len;

	if (read_head(c, head, answer, &len) < 0)
		return -1;
	if (answer->response.length > CHANNEL_BODY_MAX)
		return error_set(&c->error, -1, "the answer has more than %d bytes",
				 CHANNEL_BODY_MAX);
	body_len = (size_t)answer->response.length;
	have = len - answer->head_len;
	if (have > body_len)
		return error_set(&c->error, -1, "more bytes than the answer's own length");
	body = malloc(body_len + 1);
	if (!body)
		return error_set(&c->error, -1, "out of memory");
	memcpy(body, head + answer->head_len, have);
	while (have < body_len) {
		size_t n;

		if (read_some(c, body + have, body_len - have, &n) < 0) {
			free(body);
			return -1;
		}
		have += n;
	}
	body[have] = '\0';
	*ret_body = body;
	return 0;
}

/* The first line of what it says, in characters that are safe for a terminal. */
static void print_words(const char *body, char *buf, size_t size)
{
	size_t i = 0;

	for (; i + 1 < size && body[i] && body[i] != '\n'; i++)
		buf[i] = (char)(body[i] >= 0x20 && body[i] < 0x7f ? body[i] : '?');
	buf[i] = '\0';
}

int channel_request(struct channel *c, const char *path, const void *body, size_t body_len,
		    char **ret_answer, size_t *ret_len)
{
	struct answer answer;
	char head[512], words[160], *text;
	int n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: rampart\r\n",
			 body ? "POST" : "GET", path);

	if (body && n > 0)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "Content-Length: %zu\r\n",
			      body_len);
	n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	if (write_all(c, head, (size_t)n) < 0 || write_all(c, body, body ? body_len : 0) < 0 ||
	    read_answer(c, &answer, &text) < 0)
		return -1;
	c->not_ready = answer.response.status == 503 && strstr(text, "\"code\":\"not_ready\"");
	if (answer.response.status == 200) {
		*ret_answer = text;
		*ret_len = (size_t)answer.response.length;
		return 0;
	}
	print_words(text, words, sizeof(words));
	free(text);
	if (c->not_ready)
		return error_set(&c->error, -1, "the machine has not started yet");
	return error_set(&c->error, -1, "the machine answers with status %u: %s",
			 answer.response.status, words);
}
