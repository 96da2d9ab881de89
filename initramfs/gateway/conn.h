/* SPDX-License-Identifier: MIT */
/*
 * One connection of a client: its life, what it holds, and how long it may take. Its stages, whose
 * steps are in steps.h:
 *
 *	HANDSHAKE   TLS; nothing is made for a client that has said nothing
 *	REQUEST     reads until the head of a request is whole, and judges it (request.h)
 *	CONTENT     reads until its content is, if it is small
 *	ASKED       ours (wellknown.h): the quoter was asked (quotes.h)
 *	QUEUE	    waits until fewer requests are in the container, if the plan says how many
 *	UPLOAD      large content: waits until fewer of these are on their way (places.h)
 *	DIAL	    not ours: the dialer was asked for an inner connection (inner.h)
 *	CONNECT	    the inner connection has not taken a byte yet
 *	RELAY	    the request and its answer go through (relay.h); then REQUEST again. After a
 *		    101, or when the plan says raw, whatever comes, until both sides have ended
 *	ANSWER	    an answer of the gateway is being written; then REQUEST again, or
 *	SHUT	    the end is being announced
 *	LINGER	    what the client still sends is thrown away until it closes: closing before would
 *		    reset the connection, and the answer could be lost on its way
 *	DEAD	    all of it is given back but the struct, until the turn ends
 *
 * While a client waits for the quoter, the dialer or the container's first answer, its end is
 * looked at. One that was reset, or closed without TLS's close_notify, has left: its place in every
 * queue is free again. One that said close_notify may have closed its half alone, as HTTP allows,
 * and stays until a write to it fails; so does one that has sent more than its request, since the
 * end lies behind it.
 */
#ifndef GATEWAY_CONN_H
#define GATEWAY_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "initramfs/gateway/answer.h"
#include "initramfs/gateway/evidence.h"
#include "initramfs/gateway/flow.h"
#include "initramfs/gateway/list.h"
#include "initramfs/gateway/loop.h"
#include "initramfs/gateway/pace.h"
#include "initramfs/gateway/rate.h"
#include "initramfs/gateway/refusal.h"
#include "initramfs/gateway/source.h"
#include "initramfs/gateway/tls.h"
#include "measure/lib/exchange.h"

enum conn_stage {
	HANDSHAKE,
	REQUEST,
	CONTENT,
	ASKED,
	QUEUE,
	UPLOAD,
	DIAL,
	CONNECT,
	RELAY,
	ANSWER,
	SHUT,
	LINGER,
	DEAD
};

/* What a stage's step says: wait for events, go on with the stage that is next, or end. */
enum conn_turn { CONN_WAIT, CONN_ON, CONN_END };

struct conn {
	struct watch outer, inner; /* inner: fd -1 before CONNECT */
	struct source *source;
	SSL *ssl; /* NULL before the client's first byte */
	struct tls_others others;
	enum conn_stage stage;
	bool holds[_SOURCE_KINDS]; /* what is counted at its source */
	bool activated;		   /* it has had its one credential opened */
	bool half_closed;	   /* its end is known, and it may still wait for an answer */
	bool raw;		   /* no HTTP is looked for any more */
	bool http;		   /* a request was found */
	bool reused;		   /* the inner connection has answered before */
	bool foul; /* the container's bytes are no answer; ends when the good ones are out */
	bool line_dropped;	 /* an empty one, before the request */
	bool line_judged;	 /* the first one of a long head */
	bool is_head;		 /* the method of the request that is being answered */
	bool ours;		 /* and whose it is */
	bool expects;		 /* the client waits for leave to send the content */
	bool continued;		 /* and was told to */
	bool answered;		 /* the container\'s answer was whole, and was counted */
	bool keep_alive;	 /* of the request that is being answered */
	size_t request_len;	 /* and its bytes in `in` */
	size_t head_len;	 /* of a request whose content is awaited */
	uint64_t content_max;	 /* bytes that it may have */
	struct rate_bucket rate; /* of its requests */
	int wait_s; /* not 0: the request came too early by that, and is refused when it is whole */
	int patience_ms; /* for its content: what it may still be late */
	struct http_scan scan;
	struct exchange exchange;
	struct pace pace;      /* of a stream on a clock (paced.h) */
	struct timer tick;     /* runs while there is one */
	bool ticked;	       /* and something may leave */
	struct timer timer;    /* always running: nothing lasts for ever; */
	enum conn_stage timed; /* it belongs to this stage */
	struct list waits;     /* for the dialer, the quoter, or a place among the uploads */
	struct flow in, out;   /* in: what the client sent; out: to the client, when relaying */
	struct answer *answer;
	struct evidence_request *evidence; /* while it waits for a quote */
	struct span credential;		   /* while it waits for the secret; in `in` */
};

/*
 * How many there may be. Early ones, before the gateway serves: each has some 50 KiB here and up to
 * 128 KiB in the kernel, as much has one that is not accepted yet, and all of that is memory in
 * which files are being loaded (PLAN_EARLY_MEMORY). Later one for each CONN_MEMORY bytes that the
 * machine has: strangers' connections must never take the last of it, with which the machine ends.
 */
#define CONNS_MAX   12000
#define CONNS_EARLY 64
#define CONN_MEMORY (512 << 10)
void conn_limit(size_t max);

/* Takes the socket over; the caller fills in what outer and inner call. NULL, and it is closed, if
 * there is no memory for it, or no room: neither a free place nor a connection of whichever source
 * has most that does nothing now. */
struct conn *conn_new(int fd, const struct sockaddr_storage *peer);

/* Gives all of it back but the struct. */
void conn_end(struct conn *conn);

/* What it waited for is there, and its stage is the one that is next: it goes on when it is its
 * turn. CONN_END: it ends now. */
void conn_wake(struct conn *conn, enum conn_turn turn);

/* One more of a kind, which it gives back at its end at the latest; giving one that it has not is
 * nothing. */
void conn_take(struct conn *conn, enum source_kind kind);
void conn_give(struct conn *conn, enum source_kind kind);

/*
 * Each inner connection is to a container of its own, of which there are so many, and ends it; 0:
 * all are to one container, which is so at first. Of several, whose request has a place (places.h)
 * has a right to one: it is taken from a connection that has one from before, and no request there.
 */
void conn_isolate(size_t containers);

/* Makes room for one more inner connection of this source, by closing one that serves no request,
 * or at the cost of whoever has most. False: its own are all busy, and it has its share, or as much
 * as anybody. */
bool conn_spare_inner(const struct source *source);

/* The inner connection is not needed any more, if there is one or is waited for. */
void conn_drop_inner(struct conn *conn);

/* The gateway's own answer is next; it is taken over. NULL (no memory) ends the connection. */
enum conn_turn conn_answer(struct conn *conn, struct answer *answer);

/* In the place of the container's answer. Then the connection ends. */
enum conn_turn conn_refuse(struct conn *conn, enum refusal refusal);

/* The same with other fields than the refusal's own, and keep_alive: another request may follow. */
enum conn_turn conn_refuse_with(struct conn *conn, enum refusal refusal, const char *fields,
				bool keep_alive);

/*
 * Reads more of the client's bytes into `in`, which grows to max bytes: their number, 0 at the
 * client's end, or negative errno (-EAGAIN: later, -ENOBUFS: it is full, -ENOMEM: it must not grow,
 * since all of them together have grown too much).
 */
ssize_t conn_read(struct conn *conn, size_t max);

/*
 * Content is awaited from now on, n bytes of it having come: it must not stop for long, and not
 * come too slowly for long. False: it did.
 */
void conn_await_content(struct conn *conn);
void conn_resume_content(struct conn *conn); /* after a time that is not the client's */
bool conn_progress(struct conn *conn, size_t n);

/* The next request may come. */
enum conn_turn conn_await_request(struct conn *conn);

/*
 * Times the stage, if it is another one since the last call; and from anew, since something went.
 */
void conn_keep_time(struct conn *conn);
void conn_restart_time(struct conn *conn);

/* Ends what lasted too long. Returns the milliseconds until that may happen again, or -1. */
int conn_expire(void);

/* Frees those that ended; between turns, when no watch of theirs can be called any more. */
void conn_bury(void);

#endif
