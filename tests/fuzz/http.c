/* SPDX-License-Identifier: MIT */
/* http_owner() and http_parse(): what was decided of a beginning stays so, however it goes on. */
#include "measure/lib/http.h"
#include "fuzz.h"

#include <errno.h>

static void check_owner(struct span input)
{
	enum http_owner last = HTTP_UNDECIDED;
	size_t longest = strlen("POST " HTTP_PREFIX) + 2;

	for (size_t len = 0; len <= input.left && len <= longest; len++) {
		enum http_owner owner = http_owner(span_of(input.p, len));

		require(last == HTTP_UNDECIDED || owner == last);
		last = owner;
	}
	require(http_owner(input) == last);
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.left; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

static void check_request(struct span input, const struct http_request *r)
{
	struct span head = span_of(input.p, r->head_len);
	struct http_request again;

	require(r->head_len <= input.left && r->head_len <= HTTP_HEAD_MAX &&
		!memcmp(input.p + r->head_len - 4, "\r\n\r\n", 4));
	require(is_inside(r->path, head) && is_inside(r->query, head) && is_printable(r->path) &&
		is_printable(r->query));
	require(r->path.left > 0 && r->path.p[0] == '/' && !memchr(r->path.p, '?', r->path.left) &&
		(r->has_query || r->query.left == 0));
	require((r->has_length || r->length == 0) && !(r->has_length && r->transfer_encoding));
	memset(&again, 0, sizeof(again));
	require(http_parse(head, &again) == 0 && again.head_len == r->head_len &&
		again.length == r->length && again.keep_alive == r->keep_alive);
	for (size_t cut = 1; cut <= head.left && cut <= 64; cut++)
		require(http_parse(span_of(head.p, head.left - cut), &again) == -EAGAIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct http_request request;
	int r;

	check_owner(input);
	memset(&request, FRESH, sizeof(request));
	r = http_parse(input, &request);
	if (r == 0) {
		check_request(input, &request);
		return 0;
	}
	require(is_fresh(&request, sizeof(request)));
	require(r == -EBADMSG || (r == -EAGAIN && size < HTTP_HEAD_MAX) ||
		(r == -EFBIG && size >= HTTP_HEAD_MAX));
	return 0;
}
