/* SPDX-License-Identifier: MIT */
/*
 * What a client sends on a connection: heads by http_scan() and http_parse_request(), content by
 * framing_take(), one after the other. Where each ends must not depend on the pieces that it comes
 * in, and the path of a target has one owner.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "initramfs/gateway/target.h"
#include "measure/lib/framing.h"
#include "measure/lib/http.h"

#define CUTS_MAX 64 /* of one head, from its end */

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.left; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static void check_request(struct span head, const struct http_request *r)
{
	require(is_inside(r->method, head) && is_inside(r->query, head));
	require(r->method.left > 0 && r->method.left <= HTTP_METHOD_MAX);
	require(is_printable(r->method) && is_printable(r->path) && is_printable(r->query));
	require(r->path.left > 0 && !memchr(r->path.p, '?', r->path.left));
	require(r->form == HTTP_ASTERISK || r->path.p[0] == '/');
	require(r->has_query || r->query.left == 0);
	require((r->has_length || r->length == 0) && !(r->has_length && r->chunked));
	require(is_inside(r->authorization, r->authorization_line) &&
		is_inside(r->authorization_line, head));
	require(r->authorization_line.left == 0 ||
		!memcmp(r->authorization_line.p + r->authorization_line.left - 2, "\r\n", 2));
	require(!r->websocket || r->upgrade);
	require(!r->expects_continue || (r->expects && r->http11));
	if (target_is(r->path, TARGET_PREFIX))
		require(target_owner(r->path) == TARGET_OURS);
}

/* A scan that saw the head grow finds the same end as one that saw it whole. */
static void check_pieces(struct span head)
{
	size_t from = head.left > CUTS_MAX ? head.left - CUTS_MAX : 0;
	struct http_scan scan = { 0 };
	size_t len = 0;

	for (size_t n = from; n < head.left; n++)
		require(http_scan(&scan, span_of(head.p, n), &len) == -EAGAIN);
	require(http_scan(&scan, head, &len) == 0 && len == head.left);
}

static void frame(struct framing *f, const struct http_request *r)
{
	*f = (struct framing){ 0 };
	if (r->chunked)
		framing_chunked(f);
	else
		framing_length(f, r->length);
}

/* The content in one piece, and a byte at a time; how much of bytes it is, or negative errno. */
static ssize_t take_content(const struct http_request *r, struct span bytes)
{
	struct framing whole, single;
	size_t len = 0, n = 0, one = 1;
	int a, b = 0;

	frame(&whole, r);
	frame(&single, r);
	a = framing_take(&whole, bytes, &len);
	require(len <= bytes.left);
	while (b == 0 && n < bytes.left && one == 1) {
		b = framing_take(&single, span_of(bytes.p + n, 1), &one);
		require(one <= 1);
		n += one;
	}
	require(a == b && n == len && framing_whole(&whole) == framing_whole(&single));
	require(a == 0 || a == -EBADMSG);
	return a < 0 ? a : (ssize_t)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size), head;
	ssize_t n = 0;

	while (n >= 0 && input.left > 0) {
		struct http_request request;
		struct http_scan scan = { 0 };
		size_t len = 0;
		int r = http_scan(&scan, input, &len);

		require(r == 0 || r == -EAGAIN || r == -EBADMSG || r == -EFBIG);
		if (r < 0)
			break;
		require(len >= 4 && len <= input.left && len <= HTTP_HEAD_MAX);
		require(span_take(&input, len, &head) == 0);
		check_pieces(head);
		memset(&request, FRESH, sizeof(request));
		r = http_parse_request(head, &request);
		if (r < 0) {
			require(r == -EBADMSG && is_fresh(&request, sizeof(request)));
			break;
		}
		require(http_may_begin(head));
		check_request(head, &request);
		n = take_content(&request, input);
		if (n >= 0)
			require(span_skip(&input, (size_t)n) == 0);
	}
	return 0;
}
