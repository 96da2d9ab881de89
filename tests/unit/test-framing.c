/* SPDX-License-Identifier: MIT */
/* Where contents end, and where answers do. */
#include "measure/lib/framing.h"

#include <errno.h>

#include "measure/lib/exchange.h"
#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

/* What a content is of text, given at once, and byte by byte: both must say the same. Negative
 * errno, else its length; *ret_whole: whether it ended. */
static int64_t chunks(const char *text, size_t len, bool *ret_whole)
{
	struct span all = copy_of(text, len);
	struct framing once, slow;
	size_t n, taken = 0, step;
	int r, s = 0;

	framing_chunked(&once);
	framing_chunked(&slow);
	r = framing_take(&once, all, &n);
	while (s == 0 && taken < len && !framing_whole(&slow)) {
		s = framing_take(&slow, span_of(all.p + taken, 1), &step);
		taken += step;
	}
	copy_drop(all);
	if (r != s || n != taken || memcmp(&once, &slow, sizeof(once)) != 0)
		return -EILSEQ;
	*ret_whole = framing_whole(&once);
	return r < 0 ? r : (int64_t)n;
}

static void test_length(void)
{
	struct framing f;
	size_t n;

	framing_length(&f, 0);
	ok(framing_whole(&f) && framing_room(&f, 9) == 0, "no content is whole at once");
	framing_length(&f, 5);
	is_int((int64_t)framing_room(&f, 9), 5, "of five bytes no more than five are read");
	ok(framing_take(&f, span_of("abc", 3), &n) == 0 && n == 3 && !framing_whole(&f),
	   "three of them");
	ok(framing_take(&f, span_of("deGET", 5), &n) == 0 && n == 2 && framing_whole(&f),
	   "the other two, and what follows is another's");
	framing_until_end(&f);
	ok(framing_take(&f, span_of("abc", 3), &n) == 0 && n == 3 && !framing_whole(&f) &&
		   framing_is_open(&f),
	   "without a length all that comes belongs to it");
}

static void test_chunks(void)
{
	static const char *const good[] = {
		"0\r\n\r\n",
		"5\r\nhello\r\n0\r\n\r\n",
		"00005\r\nhello\r\n000\r\n\r\n",
		"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
		"5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n",
		"0\r\nx-trailer: 1\r\ny:\r\n\r\n",
		"1\r\n\n\r\n0\r\n\r\n",
		"5   ;a\r\nhello\r\n0 \t; x\r\n\r\n",
	};
	static const char *const bad[] = {
		"\r\n",
		"g\r\n",
		"-1\r\n",
		"+1\r\na",
		"0x1\r\na",
		" 1\r\na",
		"1 \r\na",
		"1 1\r\na",
		"1 \n",
		"1 x\r\na",
		"1 \x01\r\na",
		"1\na",
		"1\r\r\na",
		"1;x\na",
		"1;\x01\r\na",
		"1;x\ry\r\na",
		";x\r\n",
		"1\r\nab",
		"1\r\na\n",
		"1\r\na\rb",
		"1\r\na0\r\n",
		"00000000000000001\r\na",
		"8000000000000000\r\na",
		"7fffffffffffffff\r\na",
		"0\r\n \r\n",
		"0\r\nx\r\n",
		"0\r\nx : y\r\n",
		"0\r\n: y\r\n",
		"0\r\nx: y\r\n z\r\n",
		"0\r\nx: y\n",
		"0\r\nx: \x01",
		"0\r\n\n",
		"0\r\n\rx",
		"0\n",
	};
	char name[80], text[128];
	bool whole;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t len = strlen(good[i]);

		snprintf(text, sizeof(text), "%sGET /", good[i]);
		snprintf(name, sizeof(name), "chunks: case %zu ends where it ends", i);
		ok(chunks(text, len + 5, &whole) == (int64_t)len && whole, name);
		for (size_t n = 0; n < len; n++)
			if (chunks(good[i], n, &whole) != (int64_t)n || whole)
				ok(false, "a prefix of it is good so far, and not whole");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(name, sizeof(name), "no chunks: case %zu", i);
		is_int(chunks(bad[i], strlen(bad[i]), &whole), -EBADMSG, name);
	}
	is_int(chunks("1\r\na\0", 5, &whole), -EBADMSG, "no chunks: a NUL");
}

static void fill(char *text, size_t *len, const char *what, char c, size_t n, const char *then)
{
	*len += (size_t)sprintf(text + *len, "%s", what);
	memset(text + *len, c, n);
	*len += n;
	*len += (size_t)sprintf(text + *len, "%s", then);
}

static void test_limits(void)
{
	static char text[65536];
	size_t len = 0;
	bool whole;

	fill(text, &len, "1;", 'x', FRAMING_EXTENSION_MAX - 1, "\r\na");
	is_int(chunks(text, len, &whole), (int64_t)len, "the longest extension");
	len = 0;
	fill(text, &len, "1;", 'x', FRAMING_EXTENSION_MAX, "\r\na");
	is_int(chunks(text, len, &whole), -EBADMSG, "a longer one");
	len = 0;
	for (int i = 0; i < 4; i++)
		fill(text, &len, "1;", 'x', FRAMING_EXTENSION_MAX - 1, "\r\na\r\n");
	is_int(chunks(text, len, &whole), (int64_t)len, "four of them");
	fill(text, &len, "1;", 'x', 9, "\r\na\r\n");
	is_int(chunks(text, len, &whole), -EBADMSG, "more of them than there is content for");
	len = 0;
	fill(text, &len, "0\r\nx:", 'y', FRAMING_TRAILERS_MAX - 6, "\r\n\r\n");
	ok(chunks(text, len, &whole) == (int64_t)len && whole, "the longest trailers");
	len = 0;
	fill(text, &len, "0\r\nx:", 'y', FRAMING_TRAILERS_MAX - 5, "\r\n\r\n");
	is_int(chunks(text, len, &whole), -EBADMSG, "longer ones");
	len = 0;
	fill(text, &len, "ffff\r\n", 'a', 10, "");
	{
		struct framing f;
		size_t n;

		framing_chunked(&f);
		(void)framing_take(&f, span_of(text, 6), &n);
		is_int((int64_t)f.announced, 65535, "a chunk is counted when its size was read");
	}
}

#define OK     "HTTP/1.1 200 OK\r\n"
#define LEN(n) "content-length: " #n "\r\n\r\n"

static struct exchange exchange(const char *head)
{
	struct http_request request;
	struct exchange x;

	if (http_parse_request(span_of(head, strlen(head)), &request) < 0)
		abort();
	exchange_begin(&x, &request);
	return x;
}

/* What the container says goes to the client up to there, in pieces of one byte as well. */
static void says(const char *head, const char *bytes, size_t passed, int r,
		 enum exchange_stage stage, const char *what)
{
	struct exchange once = exchange(head), slow = exchange(head);
	struct span all = copy_of(bytes, strlen(bytes));
	size_t drop, len, total = 0, from = 0;
	int s = 0;

	ok(exchange_answer(&once, all, &drop, &len) == r && len == passed && drop == 0 &&
		   once.stage == stage && once.began == (len > 0),
	   what);
	for (size_t to = 1; to <= all.left && s == 0; to++) {
		s = exchange_answer(&slow, span_of(all.p + from, to - from), &drop, &len);
		from += len;
		total += len;
	}
	if (s != r || total != passed || slow.stage != stage)
		ok(false, "and so it is byte by byte");
	copy_drop(all);
}

#define GET	  "GET / HTTP/1.1\r\nhost: r\r\n\r\n"
#define HEAD	  "HEAD / HTTP/1.1\r\nhost: r\r\n\r\n"
#define WS	  "GET / HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
#define H2C	  "GET / HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
#define ALL(text) text, sizeof(text) - 1

static void test_exchange(void)
{
	says(GET, ALL(OK LEN(2) "ok"), 0, EXCHANGE_WHOLE, "an answer with a length");
	says(GET, OK LEN(2) "okHTTP/1.1 200", sizeof(OK LEN(2) "ok") - 1, -EBADMSG, EXCHANGE_WHOLE,
	     "a second answer to one request is nobody's");
	says(GET, ALL(OK LEN(3) "ok"), 0, EXCHANGE_CONTENT, "one that is not whole");
	says(GET, ALL(OK "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n"), 0,
	     EXCHANGE_WHOLE, "one in chunks, with trailers");
	says(GET, OK "transfer-encoding: chunked\r\n\r\n2\r\nokx",
	     sizeof(OK "transfer-encoding: chunked\r\n\r\n2\r\nok") - 1, -EBADMSG, EXCHANGE_CONTENT,
	     "one whose chunks are none");
	says(GET, ALL(OK "\r\nwhatever HTTP/1.1 200 OK\r\n\r\n"), 0, EXCHANGE_CONTENT,
	     "one until the end");
	says(HEAD, ALL(OK LEN(2)), 0, EXCHANGE_WHOLE, "one to HEAD");
	says(HEAD, OK LEN(2) "ok", sizeof(OK LEN(2)) - 1, -EBADMSG, EXCHANGE_WHOLE,
	     "which has no content");
	says(GET, ALL("HTTP/1.1 204 No Content\r\n\r\n"), 0, EXCHANGE_WHOLE, "204");
	says(GET, ALL("HTTP/1.1 304 Not Modified\r\n" LEN(9)), 0, EXCHANGE_WHOLE, "304");
	says(GET, ALL("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" OK LEN(0)), 0,
	     EXCHANGE_WHOLE, "one behind interim ones");
	says(GET, ALL("HTTP/1.1 100 Continue\r\n" LEN(0)), 0, EXCHANGE_HEAD,
	     "an interim one has no content");
	says(GET, "HTTP/1.1 100 Continue\r\n" LEN(5), 0, -EBADMSG, EXCHANGE_HEAD,
	     "and announces none");
	says(GET, "HTTP/1.1 103 x\r\ntransfer-encoding: chunked\r\n\r\n", 0, -EBADMSG,
	     EXCHANGE_HEAD, "in chunks, too");
	says(GET, "SSH-2.0-x\r\n\r\n", 0, -EBADMSG, EXCHANGE_HEAD, "what is no answer");
	says(GET, "SSH-2.0-x", 0, -EBADMSG, EXCHANGE_HEAD, "however little there is of it");
	says(GET, "HTTP/1.1 200 OK\n\n", 0, -EBADMSG, EXCHANGE_HEAD, "bare line ends");
	says(WS, ALL("HTTP/1.1 101 Switching\r\n\r\n\x81\x05\r\nanything"), 0, EXCHANGE_RAW,
	     "a websocket");
	says(WS, ALL(OK LEN(2) "no"), 0, EXCHANGE_WHOLE, "one that is refused");
	says(GET, "HTTP/1.1 101 Switching\r\n\r\n", 0, -EBADMSG, EXCHANGE_HEAD,
	     "a change of protocols that nobody asked for");
	says(H2C, "HTTP/1.1 101 Switching\r\n\r\n", 0, -EBADMSG, EXCHANGE_HEAD,
	     "a change to HTTP/2, in which nobody looks");
}

static void test_persistence(void)
{
	static const struct {
		const char *request, *answer;
		bool keep_alive;
	} cases[] = {
		{ GET, OK LEN(0), true },
		{ GET, OK "connection: close\r\n" LEN(0), false },
		{ GET, "HTTP/1.0 200 OK\r\n" LEN(0), false },
		{ "GET / HTTP/1.0\r\n\r\n", OK LEN(0), false },
		{ "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", OK LEN(0), true },
		{ "GET / HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n", OK LEN(0), false },
		{ GET, OK "\r\n", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exchange x = exchange(cases[i].request);
		size_t drop, len;

		(void)exchange_answer(&x, span_of(cases[i].answer, strlen(cases[i].answer)), &drop,
				      &len);
		is_int(x.keep_alive, cases[i].keep_alive, "another request may follow, or not");
	}
}

static void test_end(void)
{
	static const struct {
		const char *answer, *what;
		bool proper;
	} cases[] = {
		{ "", "no answer has no proper end", false },
		{ "HTTP/1.1 200", "nor has half a head", false },
		{ OK LEN(2) "o", "nor has one that is too short", false },
		{ OK "transfer-encoding: chunked\r\n\r\n0\r\n", "nor has a cut chunk", false },
		{ OK "\r\nx", "but one without a length has", true },
		{ OK LEN(1) "x", "and one that was whole", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exchange x = exchange(GET);
		size_t drop, len;

		(void)exchange_answer(&x, span_of(cases[i].answer, strlen(cases[i].answer)), &drop,
				      &len);
		is_int(exchange_end(&x), cases[i].proper, cases[i].what);
	}
}

static void test_continued(void)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n" OK LEN(0);
	struct exchange x = exchange(GET);
	size_t drop, len;

	x.continued = true;
	ok(exchange_answer(&x, span_of(text, sizeof(text) - 1), &drop, &len) == 0 && drop == 25 &&
		   len == sizeof(text) - 1 - 25,
	   "leave that the client has already is not given twice");
	x = exchange(GET);
	x.continued = true;
	ok(exchange_answer(&x, span_of(text, 25), &drop, &len) == 0 && drop == 25 && len == 0 &&
		   !x.began,
	   "and is no beginning of an answer");
}

/* The content's own bytes, without what frames them; given at once, and byte by byte. */
static void test_data(void)
{
	static const char text[] = "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: v\r\n\r\n";

	for (size_t step = 1; step < sizeof(text); step += sizeof(text) - 2) {
		char got[32] = "";
		struct framing f;
		size_t off = 0, len, n = 0;

		framing_chunked(&f);
		while (!framing_whole(&f) && off < sizeof(text) - 1) {
			size_t size = sizeof(text) - 1 - off < step ? sizeof(text) - 1 - off : step;
			struct span data;

			if (framing_data(&f, span_of(text + off, size), &len, &data) < 0)
				break;
			memcpy(got + n, data.p, data.left);
			n += data.left;
			off += len;
		}
		ok(framing_whole(&f) && off == sizeof(text) - 1 && !strcmp(got, "hello world"),
		   "the data of chunks");
	}
}

int main(void)
{
	test_data();
	test_length();
	test_chunks();
	test_limits();
	test_exchange();
	test_persistence();
	test_end();
	test_continued();
	return tap_done();
}
