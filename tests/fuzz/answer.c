/* SPDX-License-Identifier: MIT */
/* http_scan() and http_parse_response(): where an answer's head ends, and what it says, or a
 * refusal. */
#include "measure/lib/http.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static void check_answer(struct span head, const struct http_response *answer)
{
	struct http_response again;
	struct http_scan scan = { 0 };
	size_t len = 0;

	require(head.left >= 4 && head.left <= HTTP_HEAD_MAX &&
		!memcmp(head.p + head.left - 4, "\r\n\r\n", 4));
	require(answer->status >= 100 && answer->status <= 999 &&
		!(answer->chunked && answer->has_length) &&
		(answer->has_length || answer->length == 0));
	/* In pieces it ends at the same place, and not before. */
	for (size_t n = 0; n < head.left; n++)
		require(http_scan(&scan, span_of(head.p, n), &len) == -EAGAIN);
	require(http_scan(&scan, head, &len) == 0 && len == head.left);
	require(http_parse_response(head, &again) == 0 && again.length == answer->length &&
		again.status == answer->status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	struct http_scan scan = { 0 };
	struct http_response answer;
	size_t len;
	int r = http_scan(&scan, bytes, &len);

	if (r < 0) {
		require(r == -EAGAIN || r == -EBADMSG || r == -EFBIG);
		return 0;
	}
	bytes.left = len;
	r = http_parse_response(bytes, &answer);
	if (r == 0)
		check_answer(bytes, &answer);
	else
		require(r == -EBADMSG);
	return 0;
}
