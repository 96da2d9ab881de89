/* SPDX-License-Identifier: MIT */
/*
 * One direction of a connection: the bytes that were read and not written yet. Bytes are read only
 * when all before them are written, so that the sender feels the receiver; only what a request
 * needs to be judged is collected, and what a client sends behind it.
 */
#ifndef GATEWAY_FLOW_H
#define GATEWAY_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define FLOW_SIZE      16384	  /* bytes of one TLS record; flows that are no larger are free */
#define FLOW_GROWN_MAX (32 << 20) /* what all flows may have above that, together; */
				  /* those of one owner three quarters of it */

struct flow {
	uint8_t *buf; /* of size bytes; only while there are some in it */
	size_t size;
	size_t grown;	  /* bytes that are counted, */
	size_t *of_owner; /* here too; NULL: it has no owner, and does not grow */
	size_t off, len;  /* unwritten bytes are buf[off..len) */
	size_t ready;	  /* so many of them were judged, and may be written */
	bool ended;	  /* the source has no more */
	bool shut;	  /* and the sink was told */
	bool more;	  /* the source may have more, of which epoll does not tell */
	bool lost;	  /* the sink failed */
};

static inline size_t flow_len(const struct flow *flow)
{
	return flow->len - flow->off;
}

static inline struct span flow_bytes(const struct flow *flow)
{
	return span_of(flow->buf ? flow->buf + flow->off : NULL, flow_len(flow));
}

/* Keeps bytes, one or more, in a flow that has none. None of them is ready. 0 or -ENOMEM. */
int flow_keep(struct flow *flow, const uint8_t *data, size_t len);

/*
 * Makes room for more behind what is there, in at most max bytes altogether: 0 and the room, which
 * is not empty; -ENOBUFS: it is full; -ENOMEM: it must not grow, or cannot. Bytes may move.
 */
int flow_room(struct flow *flow, size_t max, uint8_t **ret_room, size_t *ret_size);

/* So many bytes were read into that room; 0 is none. */
void flow_add(struct flow *flow, size_t len);

/* Bytes that were written. */
void flow_drop(struct flow *flow, size_t len);

/* Takes len bytes out, at so many from the first one; at + len is at most what there is. */
void flow_cut(struct flow *flow, size_t at, size_t len);

/* All of them. */
void flow_free(struct flow *flow);

#endif
