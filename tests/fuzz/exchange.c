/* SPDX-License-Identifier: MIT */
/*
 * What a container answers to one request: exchange_answer(). The first byte chooses the request.
 * What goes to the client must not depend on the pieces that the answer comes in, and nothing does
 * once the answer is whole.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#include "measure/lib/exchange.h"

#define CONTINUED 0x80 /* in the first byte: the gateway has told the client to go on */

static const char *const requests[] = {
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
};

/* What went to the client, and how it ended. */
struct told {
	uint8_t *bytes;
	size_t len;
	int r;
	enum exchange_stage stage;
};

static void begin(struct exchange *x, uint8_t which)
{
	const char *text = requests[which % (sizeof(requests) / sizeof(requests[0]))];
	struct http_request request;

	require(http_parse_request(span_of(text, strlen(text)), &request) == 0);
	exchange_begin(x, &request);
	x->continued = which & CONTINUED;
}

/* Gives the answer as it grows, step bytes more at a time. */
static struct told tell(uint8_t which, struct span answer, size_t step)
{
	struct told told = { .bytes = room(answer.left) };
	struct exchange x;
	size_t off = 0, end = 0;

	begin(&x, which);
	while (told.r == 0 && end < answer.left) {
		size_t drop = 0, len = 0;

		end = answer.left - end > step ? end + step : answer.left;
		do {
			struct span rest = span_of(answer.p + off, end - off);

			drop = len = 0;
			told.r = exchange_answer(&x, rest, &drop, &len);
			require(drop <= rest.left && len <= rest.left - drop);
			require(told.r == 0 || told.r == -EBADMSG);
			memcpy(told.bytes + told.len, rest.p + drop, len);
			told.len += len;
			off += drop + len;
		} while (told.r == 0 && drop + len > 0 && off < end);
	}
	told.stage = x.stage;
	(void)exchange_end(&x);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told whole, pieces;

	if (size == 0)
		return 0;
	whole = tell(data[0], span_of(data + 1, size - 1), size);
	pieces = tell(data[0], span_of(data + 1, size - 1), 1 + data[0] % 7);
	require(whole.r == pieces.r && whole.stage == pieces.stage);
	/* How many words to go on it gets does depend on them, once the gateway has said one. */
	if (!(data[0] & CONTINUED))
		require(whole.len == pieces.len && !memcmp(whole.bytes, pieces.bytes, whole.len));
	free(whole.bytes);
	free(pieces.bytes);
	return 0;
}
