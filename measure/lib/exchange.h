/* SPDX-License-Identifier: MIT */
/*
 * One request that the container gets, and its answer, as their bytes go by: in the gateway, and
 * once more in `rampart connect`, for which the whole machine is what the container is here. There
 * is one at a time on a connection: what the client sends behind a request waits until that is
 * answered. So every answer belongs to the one request that is out, whatever the container sends,
 * and a byte of the container while none is out is nobody's: it can never be taken for an answer of
 * the gateway, or for the answer to a request that came later. Pure.
 */
#ifndef MEASURE_EXCHANGE_H
#define MEASURE_EXCHANGE_H

#include "measure/lib/framing.h"
#include "measure/lib/http.h"

enum exchange_stage {
	EXCHANGE_HEAD,	  /* of an answer, or of an interim one, is next */
	EXCHANGE_CONTENT, /* of the answer */
	EXCHANGE_WHOLE,	  /* the answer is */
	EXCHANGE_RAW	  /* a 101: what follows is no HTTP, in either direction */
};

struct exchange {
	struct framing request; /* the content */
	struct framing answer;
	struct http_scan scan; /* of the head of the answer */
	enum exchange_stage stage;
	bool head;	 /* the method, whose answer has no content */
	bool websocket;	 /* a 101 may come */
	bool keep_alive; /* another request may follow: both sides said so */
	bool continued;	 /* the gateway told the client to go on: the container's word is dropped */
	bool began;	 /* some of an answer went to the client */
};

void exchange_begin(struct exchange *exchange, const struct http_request *request);

/*
 * Judges what comes next from the container. The first *ret_drop bytes go nowhere; the *ret_len
 * behind them may go to the client, and began says that they will. What is left of a head that is
 * not whole must come again, with more. 0, or -EBADMSG: what follows these bytes is no answer.
 */
int exchange_answer(struct exchange *exchange, struct span bytes, size_t *ret_drop,
		    size_t *ret_len);

/* The container has ended. Whether that is how the answer ends. */
bool exchange_end(struct exchange *exchange);

#endif
