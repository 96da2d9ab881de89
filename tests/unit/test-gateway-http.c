/* SPDX-License-Identifier: MIT */
/* Heads of requests: what is read, and what is refused rather than guessed. */
#include "../../initramfs/gateway/http.h"

#include <errno.h>
#include <stdlib.h>

#include "tap.h"

#define GET    "GET /.well-known/rampart HTTP/1.1\r\nhost: r\r\n"
#define POST   "POST /.well-known/rampart/activate HTTP/1.1\r\nhost: r\r\n"
#define PREFIX "/.well-known/rampart"

/* A copy without a byte behind it, so that the sanitizers see a step too far. */
static struct span copy_of(const char *text, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	return span_of(copy, len);
}

static void drop(struct span s)
{
	union {
		const uint8_t *p;
		void *block;
	} u = { .p = s.p };

	free(u.block);
}

static int parse(const char *text, size_t len, struct http_request *ret)
{
	struct span s = copy_of(text, len);
	int r = http_parse(s, ret);

	drop(s);
	return r;
}

static void test_owner(void)
{
	static const struct {
		const char *text;
		enum http_owner want;
	} cases[] = {
		{ "", HTTP_UNDECIDED },
		{ "G", HTTP_UNDECIDED },
		{ "P", HTTP_UNDECIDED },
		{ "GET " PREFIX, HTTP_UNDECIDED },
		{ "POST " PREFIX, HTTP_UNDECIDED },
		{ "GET " PREFIX "/", HTTP_OURS },
		{ "GET " PREFIX "?x", HTTP_OURS },
		{ "POST " PREFIX " ", HTTP_OURS },
		{ "GET " PREFIX "s", HTTP_RELAYED },
		{ "GET " PREFIX "\r\n", HTTP_RELAYED },
		{ "GET " PREFIX "%2f", HTTP_RELAYED },
		{ "GEX", HTTP_RELAYED },
		{ "PUT " PREFIX "/", HTTP_RELAYED },
		{ "get " PREFIX "/", HTTP_RELAYED },
		{ "GET  " PREFIX "/", HTTP_RELAYED },
		{ "GET //.well-known/rampart/", HTTP_RELAYED },
		{ "\r\nGET " PREFIX "/", HTTP_RELAYED },
		{ "\x16\x03\x01", HTTP_RELAYED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = copy_of(cases[i].text, strlen(cases[i].text));
		char name[80];

		snprintf(name, sizeof(name), "owner: case %zu", i);
		is_int(http_owner(s), cases[i].want, name);
		drop(s);
	}
}

static bool equals(struct span s, const char *text)
{
	return s.left == strlen(text) && !memcmp(s.p, text, s.left);
}

static void test_fields(void)
{
	static const char text[] = "POST " PREFIX "/a?b?c HTTP/1.1\r\n"
				   "Host:\t r \r\n"
				   "Content-Length: 0042 \r\n"
				   "CONNECTION: a,\tclose ,b\r\n"
				   "expect: 100-Continue\r\n"
				   "x-empty:\r\n"
				   "\r\nbody";
	struct http_request r;

	is_int(http_parse(span_of(text, sizeof(text) - 1), &r), 0, "a head with everything");
	ok(r.method == HTTP_POST && equals(r.path, PREFIX "/a") && equals(r.query, "b?c"),
	   "its method, path and query");
	ok(r.has_length && r.length == 42, "its length");
	ok(!r.keep_alive && r.expects_continue && !r.transfer_encoding, "what else it says");
	is_int((int64_t)r.head_len, sizeof(text) - 1 - 4, "the body is behind it");
	is_int(parse(GET "\r\n", sizeof(GET "\r\n") - 1, &r), 0, "a small head");
	ok(r.keep_alive && !r.has_length && r.length == 0 && r.query.left == 0,
	   "says nothing but what it says");
}

static void test_prefixes(void)
{
	static const char text[] = POST "content-length: 5\r\nconnection: keep-alive\r\n\r\n";
	struct http_request r = { .head_len = 77 };
	int good = 0;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		good += parse(text, n, &r) == -EAGAIN && r.head_len == 77;
	is_int(good, sizeof(text) - 1, "every prefix of a head is not whole yet");
	is_int(parse(text, sizeof(text) - 1, &r), 0, "and all of it is");
}

static void test_malformed(void)
{
	static const char *const bad[] = {
		"GET " PREFIX " HTTP/1.1\nhost: r\r\n\r\n",
		"GET " PREFIX " HTTP/1.1\r\nhost: r\n\r\n",
		"GET " PREFIX " HTTP/1.1\r\nhost: r\r\n\n",
		"GET " PREFIX " HTTP/1.1\r\r\nhost: r\r\n\r\n",
		"GET " PREFIX "\r\n\r\n",
		"GET " PREFIX " \r\n\r\n",
		"GET " PREFIX " HTTP/1.1 \r\nhost: r\r\n\r\n",
		"GET " PREFIX "  HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET " PREFIX " HTTP/1.2\r\nhost: r\r\n\r\n",
		"GET " PREFIX " http/1.1\r\nhost: r\r\n\r\n",
		"GET " PREFIX "/\x80 HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET " PREFIX "/# HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET " PREFIX "/\t HTTP/1.1\r\nhost: r\r\n\r\n",
		"HEAD " PREFIX " HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET " PREFIX " HTTP/1.1\r\n\r\n",
		GET "Host: r\r\n\r\n",
		GET "x\r\n\r\n",
		GET ": y\r\n\r\n",
		GET "x : y\r\n\r\n",
		GET " x: y\r\n\r\n",
		GET "x: y\r\n z\r\n\r\n",
		GET "x: y\r\n\tz\r\n\r\n",
		GET "x: \x01\r\n\r\n",
		GET "x: \x7f\r\n\r\n",
		GET "x: y\rz: y\r\n\r\n",
		GET "\x80: y\r\n\r\n",
		POST "content-length:\r\n\r\n",
		POST "content-length: -1\r\n\r\n",
		POST "content-length: +1\r\n\r\n",
		POST "content-length: 0x1\r\n\r\n",
		POST "content-length: 1, 1\r\n\r\n",
		POST "content-length: 1 1\r\n\r\n",
		POST "content-length: 99999999999999999999\r\n\r\n",
		POST "content-length: 1\r\ncontent-length: 1\r\n\r\n",
		POST "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
		POST "transfer-encoding: x\r\ncontent-length: 1\r\n\r\n",
		"POST " PREFIX " HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
	};
	struct http_request r = { .head_len = 77 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char name[80];

		snprintf(name, sizeof(name), "malformed: case %zu", i);
		is_int(parse(bad[i], strlen(bad[i]), &r), -EBADMSG, name);
	}
	is_int(parse(GET "x: a\0b\r\n\r\n", sizeof(GET "x: a\0b\r\n\r\n") - 1, &r), -EBADMSG,
	       "malformed: a NUL");
	is_int((int64_t)r.head_len, 77, "failures leave the output untouched");
}

static void test_size(void)
{
	static char head[HTTP_HEAD_MAX + 4];
	struct http_request r;

	memset(head, 'x', sizeof(head));
	memcpy(head, GET "x:", sizeof(GET "x:") - 1);
	is_int(parse(head, HTTP_HEAD_MAX - 1, &r), -EAGAIN, "a head that may still end");
	is_int(parse(head, HTTP_HEAD_MAX, &r), -EFBIG, "a head that cannot end in time");
	memcpy(head + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	is_int(parse(head, HTTP_HEAD_MAX, &r), 0, "the longest head");
	memcpy(head + HTTP_HEAD_MAX - 4, "xxxx\r\n\r\n", 8);
	is_int(parse(head, sizeof(head), &r), -EFBIG, "a head that is longer");
}

int main(void)
{
	test_owner();
	test_fields();
	test_prefixes();
	test_malformed();
	test_size();
	return tap_done();
}
