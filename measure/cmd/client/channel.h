/* SPDX-License-Identifier: MIT */
/*
 * A TLS connection to a machine, and requests over it to its gateway. Encryption says nothing yet
 * about who is at the other end: no certificate is believed here. rampart_verify() decides whose
 * key it is, from spki and exporter of this very connection.
 *
 * Sources: RFC 9266, section 2 "The 'tls-exporter' Channel Binding Type"; RFC 9112 "HTTP/1.1"; RFC
 * 6066, section 3 "Server Name Indication".
 */
#ifndef MEASURE_CMD_CLIENT_CHANNEL_H
#define MEASURE_CMD_CLIENT_CHANNEL_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/client/url.h"
#include "measure/rampart.h"

#define CHANNEL_BODY_MAX      (4 << 20) /* bytes of an answer: evidence has some 60 KB */
#define CHANNEL_TIMEOUT_S     60	/* of --timeout, if it is not given */
#define CHANNEL_TIMEOUT_MAX_S 3600

struct channel {
	int fd; /* non-blocking; -1: closed */
	SSL *ssl;
	unsigned timeout_s; /* for all requests together, from channel_open() on */
	int64_t deadline;   /* when that is over, of instant_ms() */
	uint8_t *spki;	    /* owned */
	size_t spki_len;
	uint8_t exporter[RAMPART_EXPORTER_LEN];
	bool not_ready; /* the last answer: the machine has not started yet (status.h) */
	struct rampart_error error; /* after a function that failed */
};

/* Once, before any channel and any thread. Ignores SIGPIPE. */
void channel_init(void);

/*
 * TLS 1.3 only; a host's name, but no address, is in the handshake. Finding the host, connecting to
 * it and every request after that have timeout_s seconds in all, however the machine spreads its
 * answers. 0, or -1 with channel->error set. Call channel_close() in either case, once.
 */
int channel_open(struct channel *channel, const struct url *url, unsigned timeout_s);

/*
 * The same over a TCP connection to that host, fd, which belongs to the channel from then on; until
 * deadline, of instant_ms(), which is timeout_s after the beginning.
 */
int channel_over(struct channel *channel, const struct url *url, int fd, unsigned timeout_s,
		 int64_t deadline);
void channel_close(struct channel *channel);

/*
 * One request with the bytes of body (NULL: GET, else POST), and its answer of at most
 * CHANNEL_BODY_MAX bytes, a NUL after it; free() it. 0, or -1 with channel->error set, also for a
 * status other than 200: then the error quotes the machine.
 */
int channel_request(struct channel *channel, const char *path, const void *body, size_t body_len,
		    char **ret_answer, size_t *ret_len);

#endif
