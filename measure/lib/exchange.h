/* SPDX-License-Identifier: MIT */
/*
 * One request to the container and its answer, followed as their bytes go by: in the gateway, and
 * in `rampart connect`, to which the whole machine is what the container is to the gateway. A
 * connection has one request out at a time: what the client sends after it waits until it is
 * answered. So every answer belongs to that one request, whatever the container sends, and a byte
 * that the container sends while none is out is refused: it can never be taken for an answer of the
 * gateway, or for the answer to a later request. So is an interim answer that announces content, which
 * it cannot have: some clients would wait for that. Pure.
 */
#ifndef MEASURE_EXCHANGE_H
#define MEASURE_EXCHANGE_H

#include "measure/lib/framing.h"
#include "measure/lib/http.h"

enum exchange_stage {
	EXCHANGE_HEAD,	  /* of an answer, or of an interim one, is next */
	EXCHANGE_CONTENT, /* of the answer */
	EXCHANGE_WHOLE,	  /* the answer is */
	EXCHANGE_RAW	  /* a 101: what follows is not HTTP, in either direction */
};

struct exchange {
	struct framing request; /* the content */
	struct framing answer;
	struct http_scan scan; /* of the head of the answer */
	enum exchange_stage stage;
	unsigned status; /* of the answer, from EXCHANGE_CONTENT on */
	bool head;	 /* the method, whose answer has no content */
	bool websocket;	 /* a 101 may come */
	bool keep_alive; /* another request may follow: both sides said so */
	bool continued;	 /* the gateway told the client to go on: the container's word is dropped */
	bool began;	 /* some of an answer went to the client */
	bool paces;	 /* the caller wants the content of an event stream for itself; */
	bool stream;	 /* this is one: what follows its head is for exchange_content() */
};

void exchange_begin(struct exchange *exchange, const struct http_request *request);

/*
 * Judges what comes next from the container. The first *ret_drop bytes are dropped; the *ret_len
 * after them may go to the client, and began is set as if they do. The rest of an incomplete head
 * must be passed again, with more bytes. 0, or -EBADMSG: what follows these bytes is no answer.
 */
int exchange_answer(struct exchange *exchange, struct span bytes, size_t *ret_drop,
		    size_t *ret_len);

/*
 * The same for what follows the head of a stream: of *ret_len bytes, the last ones are *ret_data, of
 * the content itself; there may be none. Those after them must be passed again, if it is not whole.
 */
int exchange_content(struct exchange *exchange, struct span bytes, size_t *ret_len,
		     struct span *ret_data);

/* The container has closed the connection. Whether that ends the answer properly. */
bool exchange_end(struct exchange *exchange);

#endif
