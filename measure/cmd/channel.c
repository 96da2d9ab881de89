/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "httpanswer.h"

#define WAIT_S	 30
#define HEAD_MAX 16384

__attribute__((format(printf, 2, 3))) static int broken(struct channel *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->error, sizeof(c->error), format, ap);
	va_end(ap);
	return -1;
}

/* ---- TCP ---- */

/* A request follows the end of the handshake, which no answer acknowledges: it must not wait for
 * that. */
static int connect_to(const struct addrinfo *address)
{
	const struct timeval wait = { .tv_sec = WAIT_S };
	const int on = 1;
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC,
			address->ai_protocol);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static int open_tcp(struct channel *c, const struct url *url)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	int r = getaddrinfo(url->host, url->port, &hints, &list);

	if (r != 0)
		return broken(c, "%s: %s", url->host, gai_strerror(r));
	r = -ENOENT;
	for (const struct addrinfo *a = list; a && r < 0; a = a->ai_next)
		r = connect_to(a);
	freeaddrinfo(list);
	if (r < 0)
		return broken(c, "%s port %s: cannot connect: %s", url->host, url->port,
			      r == -EINPROGRESS ? "no answer" : strerror(-r));
	c->fd = r;
	return 0;
}

/* ---- TLS ---- */

/* The newest error of OpenSSL's queue; or that there is none. */
static const char *tls_error(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *text = error ? ERR_reason_error_string(error) : NULL;

	ERR_clear_error();
	if (text)
		return text;
	return errno == EAGAIN ? "no answer" : errno ? strerror(errno) : "connection closed";
}

static SSL *new_session(const struct url *url, int fd)
{
	static const unsigned char http[] = "\x08http/1.1";
	char *name = (char *)(uintptr_t)url->host; /* OpenSSL's macro takes no const */
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;

	/* Nobody vouches for the certificate but the evidence, which is for its key. */
	if (ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) &&
	    SSL_CTX_set1_groups_list(ctx, "X25519MLKEM768:X25519")) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		ssl = SSL_new(ctx);
	}
	SSL_CTX_free(ctx); /* the session keeps its own reference */
	if (ssl && SSL_set_fd(ssl, fd) && SSL_set_tlsext_host_name(ssl, name) &&
	    SSL_set_alpn_protos(ssl, http, sizeof(http) - 1) == 0)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

/* The server's key, and what both ends derive from this connection alone. */
static int take_binding(struct channel *c)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	X509 *cert = SSL_get0_peer_certificate(c->ssl);
	int len = cert ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &c->spki) : -1;

	if (len <= 0)
		return broken(c, "the machine shows no key in its TLS handshake");
	c->spki_len = (size_t)len;
	if (SSL_export_keying_material(c->ssl, c->exporter, sizeof(c->exporter), label,
				       sizeof(label) - 1, NULL, 0, 0) != 1)
		return broken(c, "the TLS library gives no exporter");
	return 0;
}

/*
 * The command is one static file: it resolves names by itself, from /etc/hosts and DNS, and loads
 * no module that a machine's nsswitch.conf may name, which would have to be of the same glibc.
 */
void channel_init(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)__nss_configure_lookup("hosts", "files dns");
}

int channel_open(struct channel *c, const struct url *url)
{
	*c = (struct channel){ .fd = -1 };
	if (open_tcp(c, url) < 0)
		return -1;
	ERR_clear_error();
	c->ssl = new_session(url, c->fd);
	if (!c->ssl)
		return broken(c, "cannot set up TLS: %s", tls_error());
	errno = 0;
	if (SSL_connect(c->ssl) != 1)
		return broken(c, "%s port %s: no TLS 1.3 connection: %s", url->host, url->port,
			      tls_error());
	return take_binding(c);
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
	size_t n;

	errno = 0;
	if (len > 0 && SSL_write_ex(c->ssl, bytes, len, &n) != 1)
		return broken(c, "cannot send the request: %s", tls_error());
	return 0;
}

static int read_some(struct channel *c, char *buf, size_t size, size_t *ret_n)
{
	errno = 0;
	if (SSL_read_ex(c->ssl, buf, size, ret_n) != 1)
		return broken(c, "the answer ends early: %s", tls_error());
	return 0;
}

/* Head and, behind it in the same buffer, what came of the body: *ret_len bytes in all. */
static int read_head(struct channel *c, char head[static HEAD_MAX + 1],
		     struct http_answer *ret_answer, size_t *ret_len)
{
	size_t len = 0, n;

	for (;;) {
		int r;

		head[len] = '\0';
		r = http_answer_parse(head, len, ret_answer);
		if (r == 0) {
			*ret_len = len;
			return 0;
		}
		if (r != -EAGAIN)
			return broken(c, "the answer is not HTTP as the gateway speaks it: %s",
				      ret_answer->why);
		if (len == HEAD_MAX)
			return broken(c, "the answer's head has more than %d bytes", HEAD_MAX);
		if (read_some(c, head + len, HEAD_MAX - len, &n) < 0)
			return -1;
		len += n;
	}
}

static int read_answer(struct channel *c, struct http_answer *answer, char **ret_body)
{
	char head[HEAD_MAX + 1], *body;
	size_t len = 0, have;

	if (read_head(c, head, answer, &len) < 0)
		return -1;
	if (answer->body_len > CHANNEL_BODY_MAX)
		return broken(c, "the answer has more than %d bytes", CHANNEL_BODY_MAX);
	have = len - answer->head_len;
	if (have > answer->body_len)
		return broken(c, "more bytes than the answer's own length");
	body = malloc(answer->body_len + 1);
	if (!body)
		return broken(c, "out of memory");
	memcpy(body, head + answer->head_len, have);
	while (have < answer->body_len) {
		size_t n;

		if (read_some(c, body + have, answer->body_len - have, &n) < 0) {
			free(body);
			return -1;
		}
		have += n;
	}
	body[have] = '\0';
	*ret_body = body;
	return 0;
}

/* The first line of what it says, as far as a terminal can show it. */
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
	struct http_answer answer;
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
	if (answer.status == 200) {
		*ret_answer = text;
		*ret_len = answer.body_len;
		return 0;
	}
	print_words(text, words, sizeof(words));
	free(text);
	return broken(c, "the machine answers with status %d: %s", answer.status, words);
}
