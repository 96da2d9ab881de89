/* SPDX-License-Identifier: MIT */
/*
 * One connection of a client, and its way through the gateway:
 *
 *	HANDSHAKE   TLS
 *	REQUEST     reads until it is clear whose request comes, and ours until it is whole
 *	ASKED       ours: the quoter was asked (batch.h)
 *	DIAL	    not ours: the dialer was asked for an inner connection (dialing.h)
 *	CONNECT	    the inner connection has not taken a byte yet
 *	RELAY	    bytes go both ways (relay.h) until both have ended
 *	ANSWER	    an answer of the gateway is being written; then REQUEST again, or
 *	SHUT	    the end is being announced
 *	LINGER	    what the client still sends is thrown away until it closes: closing before would
 *		    reset the connection, and the answer could be lost on its way
 *	DEAD	    all of it is given back but the struct, until the turn ends
 */
#ifndef GATEWAY_CONN_H
#define GATEWAY_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer.h"
#include "evidence.h"
#include "list.h"
#include "loop.h"
#include "tls.h"

#define CONN_BUFFER \
	16384 /* bytes of one TLS record, and the most that is read of a request of ours */

enum conn_stage { HANDSHAKE, REQUEST, ASKED, DIAL, CONNECT, RELAY, ANSWER, SHUT, LINGER, DEAD };

/* What a stage's step says: wait for events, go on with the stage that is next, or end. */
enum conn_turn { CONN_WAIT, CONN_ON, CONN_END };

/* One direction. Bytes are read only when all before them are written: the sender feels the
 * receiver. */
struct flow {
	uint8_t *buf;	 /* CONN_BUFFER or more, only while there are bytes in it */
	size_t off, len; /* unwritten bytes are buf[off..len) */
	bool ended;	 /* the source has no more */
	bool shut;	 /* and the sink was told */
	bool more;	 /* the source may have more, of which epoll does not tell */
	bool lost;	 /* the sink failed */
};

struct conn {
	struct watch outer, inner; /* inner: fd -1 before CONNECT */
	SSL *ssl;
	enum conn_stage stage;
	bool dialed;	     /* counted by dialing.c */
	bool continued;	     /* the client was told to send the content */
	bool keep_alive;     /* of the request that is being answered */
	size_t request_len;  /* and its bytes in `in` */
	struct timer timer;  /* of the handshake, or of what must not last for ever after it */
	struct list waits;   /* for the dialer, or for the quoter */
	struct flow in, out; /* in: what the client sent; out: to the client, when relaying */
	struct answer *answer;
	struct evidence_request *evidence; /* while it waits for a quote */
	struct span credential;		   /* while it waits for the secret; in `in` */
};

/* Takes the socket over; without memory for it, it is closed. */
void conn_new(int fd);

/* Does all that can be done now, and says what to wait for. */
void conn_step(struct conn *conn);

/* The same, after a step of another made it go on: what its turn says is done. */
void conn_resume(struct conn *conn, enum conn_turn turn);

/* The gateway's own answer is next; it is taken over. NULL (no memory) ends the connection. */
enum conn_turn conn_answer(struct conn *conn, struct answer *answer);

/* The container cannot get the request: 503, and the end. */
enum conn_turn conn_refuse(struct conn *conn);

/* The inner connection, taken over; it may still be connecting. */
enum conn_turn conn_dialed(struct conn *conn, int fd);

/*
 * Reads more of the client's bytes into `in`: their number, 0 at the client's end, or negative
 * errno (-EAGAIN: later, -ENOBUFS: it is full).
 */
ssize_t conn_read(struct conn *conn);

/* Ends what lasted too long. Returns the milliseconds until that may happen again, or -1. */
int conn_expire(void);

/* Frees those that ended; between turns, when no watch of theirs can be called any more. */
void conn_bury(void);

/* Whether another one may come: neither too many, nor too many that have not shaken hands. */
bool conn_room(void);

/* Keeps bytes, one or more, in a flow that has none. 0 or -ENOMEM. */
int flow_keep(struct flow *flow, const uint8_t *data, size_t len);

/* Bytes that were written. */
void flow_drop(struct flow *flow, size_t len);

static inline struct span flow_bytes(const struct flow *flow)
{
	return span_of(flow->buf ? flow->buf + flow->off : NULL, flow->len - flow->off);
}

#endif
