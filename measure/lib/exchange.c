/* SPDX-License-Identifier: MIT */
#include "measure/lib/exchange.h"

#include <errno.h>
#include <string.h>

void exchange_begin(struct exchange *x, const struct http_request *request)
{
	*x = (struct exchange){ .head = request->method.left == 4 &&
					!memcmp(request->method.p, "HEAD", 4),
				.websocket = request->websocket,
				.keep_alive = request->keep_alive };
	if (request->chunked)
		framing_chunked(&x->request);
	else
		framing_length(&x->request, request->length);
}

/*
 * RFC 9112, section 6.3 "Message Body Length". An answer without a length ends with the connection.
 */
static void begin_content(struct exchange *x, const struct http_response *response)
{
	x->stage = EXCHANGE_CONTENT;
	x->status = response->status;
	x->keep_alive &= response->keep_alive;
	if (x->head || response->status == 204 || response->status == 304) {
		framing_length(&x->answer, 0);
	} else if (response->chunked) {
		framing_chunked(&x->answer);
	} else if (response->has_length) {
		framing_length(&x->answer, response->length);
	} else {
		framing_until_end(&x->answer);
		x->keep_alive = false;
	}
	if (framing_whole(&x->answer))
		x->stage = EXCHANGE_WHOLE;
	x->stream = x->paces && response->events && x->stage == EXCHANGE_CONTENT &&
		    !response->has_length;
}

/* 0, -EAGAIN or -EBADMSG. */
static int take_head(struct exchange *x, struct span bytes, size_t *ret_len, bool *ret_continue)
{
	struct http_response response;
	size_t len;
	int r = http_scan(&x->scan, bytes, &len);

	if (r < 0)
		return r == -EAGAIN && http_may_answer(bytes) ? r : -EBADMSG;
	if (http_parse_response(span_of(bytes.p, len), &response) < 0 ||
	    (response.status == 101 && !x->websocket) ||
	    (response.status < 200 && (response.chunked || response.length > 0)))
		return -EBADMSG;
	x->scan = (struct http_scan){ 0 };
	*ret_continue = response.status == 100;
	*ret_len = len;
	if (response.status == 101)
		x->stage = EXCHANGE_RAW;
	else if (response.status >= 200)
		begin_content(x, &response);
	return 0;
}

/* What the next bytes are: a head, or content. *ret_continue: a 100. */
static int take(struct exchange *x, struct span bytes, size_t *ret_len, bool *ret_continue)
{
	int r = 0;

	*ret_len = 0;
	*ret_continue = false;
	switch (x->stage) {
	case EXCHANGE_HEAD:
		return take_head(x, bytes, ret_len, ret_continue);
	case EXCHANGE_CONTENT:
		r = framing_take(&x->answer, bytes, ret_len);
		if (framing_whole(&x->answer))
			x->stage = EXCHANGE_WHOLE;
		return r;
	case EXCHANGE_WHOLE:
		return -EBADMSG;
	case EXCHANGE_RAW:
		*ret_len = bytes.left;
		return 0;
	}
	return -EBADMSG;
}

/* A 100 that follows something else goes to the client, which may get several. */
int exchange_answer(struct exchange *x, struct span bytes, size_t *ret_drop, size_t *ret_len)
{
	size_t drop = 0, len = 0;
	int r = 0;

	while (r == 0 && bytes.left > 0 && !x->stream) {
		bool is_continue;
		size_t n;

		r = take(x, bytes, &n, &is_continue);
		if (r == -EAGAIN)
			break;
		(void)span_skip(&bytes, n);
		if (is_continue && x->continued && len == 0)
			drop += n;
		else
			len += n;
	}
	x->began |= len > 0;
	*ret_drop = drop;
	*ret_len = len;
	return r == -EAGAIN ? 0 : r;
}

int exchange_content(struct exchange *x, struct span bytes, size_t *ret_len, struct span *ret_data)
{
	int r = framing_data(&x->answer, bytes, ret_len, ret_data);

	if (framing_whole(&x->answer))
		x->stage = EXCHANGE_WHOLE;
	return r;
}

bool exchange_end(struct exchange *x)
{
	if (x->stage == EXCHANGE_CONTENT && framing_is_open(&x->answer))
		x->stage = EXCHANGE_WHOLE;
	return x->stage == EXCHANGE_WHOLE;
}
