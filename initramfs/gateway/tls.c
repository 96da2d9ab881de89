/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/tls.h"

#include <errno.h>
#include <openssl/err.h>

#include "initramfs/gateway/metrics.h"

/* "/" and not ":" between them: a client that can do the first, but did not send a share of it, is
 * asked for one (SSL_CTX_set1_groups_list(3)). */
#define GROUPS	"X25519MLKEM768/X25519"
#define CIPHERS "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define LABEL	"EXPORTER-Channel-Binding"

static SSL_CTX *context;

/* A client that offers protocols without HTTP/1.1 is refused: RFC 7301, section 3.2. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			   const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/*
 * Called before a record is looked at, with the header, and when it was decrypted, with its real
 * type. A handshake or a read goes through all records that it finds, and can be stopped only by
 * telling it that the peer has ended. (Without SSL_MODE_AUTO_RETRY a read returns at an update of
 * keys, but does not tell when it has more in its memory, which no socket will.)
 */
static void count_records(int written, int version, int type, const void *bytes, size_t len,
			  SSL *ssl, void *arg)
{
	const uint8_t *inner = bytes;
	struct tls_others *others = arg;

	(void)version;
	(void)len;
	if (written)
		return;
	if (type == SSL3_RT_HEADER) {
		/* The one that is being received may be data. */
		if (others->left-- >= 0)
			return;
	} else if (type != SSL3_RT_INNER_CONTENT_TYPE) {
		return;
	} else if (*inner == SSL3_RT_APPLICATION_DATA) {
		others->left++;
		return;
	} else if (others->left >= 0) {
		return;
	}
	SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

static void set_options(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	/* The memory of an idle connection is given back; a record that the socket did not take
	 * may be offered again from another place. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(ctx, 1); /* a record with one system call instead of two */
	SSL_CTX_set_msg_callback(ctx, count_records);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
}

int tls_init(const struct identity *identity, size_t padding)
{
	context = SSL_CTX_new(TLS_server_method());
	if (!context)
		return -EIO;
	set_options(context);
	if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(context, CIPHERS) != 1 ||
	    SSL_CTX_set1_groups_list(context, GROUPS) != 1 ||
	    SSL_CTX_set_num_tickets(context, 0) != 1 ||
	    SSL_CTX_set_block_padding_ex(context, padding, 0) != 1 ||
	    SSL_CTX_use_certificate(context, identity->certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(context, identity->key) != 1)
		return -EIO;
	return 0;
}

SSL *tls_new(int fd, struct tls_others *others)
{
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	others->left = TLS_HANDSHAKE_RECORDS;
	SSL_set_msg_callback_arg(ssl, others);
	SSL_set_accept_state(ssl);
	return ssl;
}

/* What a call's result means; errors of earlier calls, of any connection, must be cleared before
 * it. */
static int meaning(const SSL *ssl, int result)
{
	int error = errno;

	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return error > 0 ? -error : -EPROTO;
	default:
		return -EPROTO;
	}
}

/* OpenSSL knows the methods that are common, and sends no alert for what is no TLS at all. */
static bool is_plain(void)
{
	int reason = ERR_GET_REASON(ERR_peek_error());

	return reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST ||
	       reason == SSL_R_WRONG_VERSION_NUMBER;
}

/* The end that a call met is count_records()'s. */
static bool too_many(const SSL *ssl, const struct tls_others *others)
{
	return others->left < 0 && (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN);
}

int tls_handshake(SSL *ssl, struct tls_others *others)
{
	int n;

	ERR_clear_error();
	n = SSL_do_handshake(ssl);
	if (n == 1) {
		others->left = TLS_OTHER_RECORDS;
		return 0;
	}
	n = meaning(ssl, n);
	if (n == -EPROTO && is_plain())
		return -ENOTSUP;
	return n == 0 || too_many(ssl, others) ? -EPROTO : n;
}

ssize_t tls_read(SSL *ssl, struct tls_others *others, void *buf, size_t size)
{
	size_t n;
	int r;

	ERR_clear_error();
	r = SSL_read_ex(ssl, buf, size, &n);
	if (r == 1) {
		others->left = TLS_OTHER_RECORDS;
		metrics_count(METRIC_RECEIVED, n);
		return (ssize_t)n;
	}
	r = meaning(ssl, r);
	return too_many(ssl, others) ? -EPROTO : r;
}

bool tls_half_closed(SSL *ssl, const struct tls_others *others)
{
	uint8_t byte;
	size_t n;
	int r;

	ERR_clear_error();
	r = SSL_peek_ex(ssl, &byte, sizeof(byte), &n);
	return r == 1 || (meaning(ssl, r) == 0 && !too_many(ssl, others));
}

ssize_t tls_write(SSL *ssl, const void *buf, size_t len)
{
	size_t n;
	int r;

	ERR_clear_error();
	r = SSL_write_ex(ssl, buf, len, &n);
	if (r == 1) {
		metrics_count(METRIC_SENT, n);
		return (ssize_t)n;
	}
	r = meaning(ssl, r);
	return r == 0 ? -EPIPE : r;
}

int tls_shut(SSL *ssl)
{
	int r;

	ERR_clear_error();
	r = SSL_shutdown(ssl);
	return r >= 0 ? 0 : meaning(ssl, r);
}

bool tls_wants_write(SSL *ssl)
{
	return SSL_want_write(ssl);
}

bool tls_has_more(const SSL *ssl)
{
	return SSL_has_pending(ssl) == 1;
}

int tls_exporter(SSL *ssl, uint8_t ret_exporter[static TLS_EXPORTER_LEN])
{
	return SSL_export_keying_material(ssl, ret_exporter, TLS_EXPORTER_LEN, LABEL,
					  sizeof(LABEL) - 1, NULL, 0, 0) == 1
		       ? 0
		       : -EIO;
}
