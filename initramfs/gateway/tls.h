/* SPDX-License-Identifier: MIT */
/*
 * The outer side of a connection, the one that the world sees: TLS 1.3 and nothing older, with
 * X25519MLKEM768 if the client can, else X25519. No tickets, no resumption, no early data: every
 * connection has a handshake of its own, and so an exporter that no other has. Never blocks.
 */
#ifndef GATEWAY_TLS_H
#define GATEWAY_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "initramfs/gateway/identity.h"

#define TLS_EXPORTER_LEN 32

/* Once, before the others. padding: records of data are as long as a multiple of it, in bytes, if
 * it is not 0. 0 or -EIO. */
int tls_init(const struct identity *identity, size_t padding);

/*
 * Records that are no data cost more than data and get the peer nothing: updates of keys, alerts,
 * changes of the cipher, messages in a thousand pieces. So only so many may come in a handshake,
 * and later from one record of data to the next.
 */
#define TLS_HANDSHAKE_RECORDS 128
#define TLS_OTHER_RECORDS     16

/* Counts those that may still come; negative: there were too many. */
struct tls_others {
	int left;
};

/*
 * The server's end over a socket, which stays the caller's, as the result is and others, which must
 * last as long. NULL: no memory.
 */
SSL *tls_new(int fd, struct tls_others *others);

/* 0: done, -EAGAIN: later, when tls_wants_write() or else when there is something to read;
 * -ENOTSUP: the client's first bytes are no TLS. */
int tls_handshake(SSL *ssl, struct tls_others *others);

/*
 * Bytes read or written, or negative errno: -EAGAIN later, otherwise the connection is broken. 0 at
 * the end that the peer announced (close_notify); an end that was not is -EPROTO, since anybody on
 * the way can make one. After -EAGAIN the same bytes, or more, must be written again. At most one
 * record of data is read, after at most TLS_OTHER_RECORDS others.
 */
ssize_t tls_read(SSL *ssl, struct tls_others *others, void *buf, size_t size);
ssize_t tls_write(SSL *ssl, const void *buf, size_t len);

/*
 * Whether a peer that has closed its side of the socket may still wait for an answer: it announced
 * that end, or has sent more than was read.
 */
bool tls_half_closed(SSL *ssl, const struct tls_others *others);

/* Announces the end of what is written; reading goes on. 0, -EAGAIN, or broken. */
int tls_shut(SSL *ssl);

/* What came last could not go on because the socket takes no more. */
bool tls_wants_write(SSL *ssl);

/* Something was received that tls_read() has not given yet; the socket will not tell. */
bool tls_has_more(const SSL *ssl);

/* What only both ends of this connection know: RFC 9266, section 2. 0 or -EIO. */
int tls_exporter(SSL *ssl, uint8_t ret_exporter[static TLS_EXPORTER_LEN]);

#endif
