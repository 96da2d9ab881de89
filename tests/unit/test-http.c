/* SPDX-License-Identifier: MIT */
/* Heads of requests and answers: what is read, and what is refused rather than guessed. */
#include "measure/lib/http.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define GET  "GET /a HTTP/1.1\r\nhost: r\r\n"
#define POST "POST /a HTTP/1.1\r\nhost: r\r\n"
#define OK   "HTTP/1.1 200 OK\r\n"

/* 0, or what the scan or the parser say. */
static int parse(const char *text, size_t len, struct http_request *ret)
{
	struct span s = copy_of(text, len);
	struct http_scan scan = { 0 };
	size_t head;
	int r = http_scan(&scan, s, &head);

	if (r == 0)
		r = http_parse_request(span_of(s.p, head), ret);
	copy_drop(s);
	return r;
}

static int parse_answer(const char *text, struct http_response *ret)
{
	struct span s = copy_of(text, strlen(text));
	struct http_scan scan = { 0 };
	size_t head;
	int r = http_scan(&scan, s, &head);

	if (r == 0)
		r = http_parse_response(span_of(s.p, head), ret);
	copy_drop(s);
	return r;
}

static void test_scan(void)
{
	static const char text[] = POST "content-length: 5\r\nx: y\r\n\r\nbody";
	const size_t head = sizeof(text) - 1 - 4;
	struct http_scan scan = { 0 };
	size_t len = 77;
	int good = 0;

	for (size_t n = 0; n < head; n++) {
		struct span s = copy_of(text, n);
		struct http_scan fresh = { 0 };

		good += http_scan(&scan, s, &len) == -EAGAIN && len == 77;
		good += http_scan(&fresh, s, &len) == -EAGAIN && len == 77;
		copy_drop(s);
	}
	is_int(good, 2 * (int)head,
	       "every prefix of a head is not whole yet, in pieces or at once");
	is_int(scan.first, sizeof("POST /a HTTP/1.1\r\n") - 1, "its first line is known by then");
	ok(http_scan(&scan, span_of(text, sizeof(text) - 1), &len) == 0 && len == head,
	   "and the content is behind it");
}

static void test_scan_refuses(void)
{
	static const char *const bad[] = { "\n", "\r\n", "a\n", "a\r\nb\n", "a\r\n\n", "a\rb\n" };
	static char head[HTTP_HEAD_MAX + 4];
	struct http_scan scan;
	size_t len = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		scan = (struct http_scan){ 0 };
		is_int(http_scan(&scan, span_of(bad[i], strlen(bad[i])), &len), -EBADMSG,
		       "a line that does not end in CR LF, or an empty first one");
	}
	memset(head, 'x', sizeof(head));
	memcpy(head, GET "x:", sizeof(GET "x:") - 1);
	scan = (struct http_scan){ 0 };
	is_int(http_scan(&scan, span_of(head, HTTP_HEAD_MAX - 1), &len), -EAGAIN,
	       "a head that may still end");
	is_int(http_scan(&scan, span_of(head, HTTP_HEAD_MAX), &len), -EFBIG,
	       "a head that cannot end in time");
	is_int(len, 77, "failures leave the output untouched");
	memcpy(head + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	scan = (struct http_scan){ 0 };
	ok(http_scan(&scan, span_of(head, sizeof(head)), &len) == 0 && len == HTTP_HEAD_MAX,
	   "the longest head");
	memcpy(head + HTTP_HEAD_MAX - 4, "xxxx\r\n\r\n", 8);
	scan = (struct http_scan){ 0 };
	is_int(http_scan(&scan, span_of(head, sizeof(head)), &len), -EFBIG,
	       "a head that is longer");
}

static void test_beginnings(void)
{
	static const char *const may[] = { "",	    "G",       "GET",	    "GET ",	 "GET /",
					   "get /", "GET htt", "OPTIONS *", "M-SEARCH *" };
	static const char *const not[] = {
		" ",	  "\r",	   "\x16\x03\x01", "GET  /",
		"GET\t/", "GET ?", "A/B",	   "abcdefghijabcdefghijabcdefghijabc"
	};

	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		ok(http_may_begin(span_of(may[i], strlen(may[i]))), "a request may begin so");
	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		ok(!http_may_begin(span_of(not[i], strlen(not[i]))), "no request begins so");
}

static void test_request(void)
{
	static const char text[] = "POST /a/b?c?d HTTP/1.1\r\n"
				   "Host:\t r \r\n"
				   "Content-Length: 0042 \r\n"
				   "CONNECTION: a,\tclose ,b\r\n"
				   "expect: 100-Continue\r\n"
				   "x-empty:\r\n"
				   "\r\n";
	struct http_request r;

	is_int(http_parse_request(span_of(text, sizeof(text) - 1), &r), 0,
	       "a head with everything");
	ok(is_text(r.method, "POST") && r.form == HTTP_ORIGIN && is_text(r.path, "/a/b") &&
		   r.has_query && is_text(r.query, "c?d"),
	   "its method, path and query");
	ok(r.has_length && r.length == 42 && !r.chunked && http_has_content(&r), "its length");
	ok(r.http11 && !r.keep_alive && r.expects && r.expects_continue && !r.websocket,
	   "what else it says");
	is_int(parse(GET "\r\n", sizeof(GET "\r\n") - 1, &r), 0, "a small head");
	ok(r.keep_alive && !r.has_length && r.length == 0 && !r.has_query && !http_has_content(&r),
	   "says nothing but what it says");
}

/* A head, and what is looked for in it. */
static void test_meanings(void)
{
	static const struct {
		const char *head, *what;
		bool keep_alive, chunked, expects, leave, websocket;
	} cases[] = {
		{ "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 ends", .keep_alive = false },
		{ "GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", "or says that it does not",
		  .keep_alive = true },
		{ "POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n",
		  "HTTP/1.0 expects nothing", .expects = false },
		{ POST "transfer-encoding: Chunked\r\n\r\n", "chunks", .keep_alive = true,
		  .chunked = true },
		{ POST "expect: 200-ok\r\n\r\n", "another expectation", .keep_alive = true,
		  .expects = true },
		{ POST "expect: 100-continue\r\nexpect: 100-continue\r\n\r\n", "two expectations",
		  .keep_alive = true, .expects = true },
		{ GET "connection: Upgrade\r\nupgrade: WebSocket\r\n\r\n", "a websocket",
		  .keep_alive = true, .websocket = true },
		{ GET "connection: keep-alive, upgrade\r\nupgrade: websocket\r\n\r\n",
		  "a websocket, among other options", .keep_alive = true, .websocket = true },
		{ GET "upgrade: websocket\r\n\r\n", "none without the option", .keep_alive = true },
		{ GET "connection: upgrade\r\nupgrade: h2c\r\n\r\n", "HTTP/2 is none",
		  .keep_alive = true },
		{ GET "connection: upgrade\r\nupgrade: websocket, h2c\r\n\r\n",
		  "nor is it a choice with it", .keep_alive = true },
		{ GET "connection: upgrade\r\nupgrade: websocket\r\nupgrade: h2c\r\n\r\n",
		  "on two lines either", .keep_alive = true },
		{ POST "connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\n",
		  "nor with content", .keep_alive = true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request r = { 0 };

		ok(parse(cases[i].head, strlen(cases[i].head), &r) == 0 &&
			   r.keep_alive == cases[i].keep_alive && r.chunked == cases[i].chunked &&
			   r.expects == cases[i].expects && r.expects_continue == cases[i].leave &&
			   r.websocket == cases[i].websocket,
		   cases[i].what);
	}
}

static void test_authorization(void)
{
	static const char one[] = GET "x: y\r\nAuthorization:  Bearer a b \r\nz: 0\r\n\r\n",
			  two[] = GET "authorization: a\r\nauthorization: b\r\n\r\n";
	struct http_request r;

	is_int(http_parse_request(span_of(one, sizeof(one) - 1), &r), 0, "an Authorization");
	ok(is_text(r.authorization, "Bearer a b") && !r.has_authorizations, "what it says");
	ok(is_text(r.authorization_line, "Authorization:  Bearer a b \r\n"), "and its line");
	is_int(http_parse_request(span_of(two, sizeof(two) - 1), &r), 0, "two of them");
	ok(r.has_authorizations, "are told from one");
	is_int(http_parse_request(span_of(GET "\r\n", sizeof(GET "\r\n") - 1), &r), 0, "none");
	ok(r.authorization.left == 0 && r.authorization_line.left == 0 && !r.has_authorizations,
	   "is empty");
}

static void test_targets(void)
{
	static const struct {
		const char *target, *path, *query;
		enum http_form form;
	} good[] = {
		{ "/", "/", NULL, HTTP_ORIGIN },
		{ "//a", "//a", NULL, HTTP_ORIGIN },
		{ "/a?", "/a", "", HTTP_ORIGIN },
		{ "https://m", "/", NULL, HTTP_ABSOLUTE },
		{ "HTTP://[::1]:80/a?b", "/a", "b", HTTP_ABSOLUTE },
		{ "http://m//a", "//a", NULL, HTTP_ABSOLUTE },
	};
	static const char *const bad[] = { "",	       "a",	     "?",	    "*",
					   "ftp://a/", "http:/a",    "http://",	    "http:///a",
					   "http://?", "http://a?b", "http://u@a/", "a:443",
					   "/a#b",     "/\x80",	     "/\t" };
	char head[128];
	struct http_request r = { .length = 77 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nhost: r\r\n\r\n", good[i].target);
		ok(http_parse_request(span_of(head, strlen(head)), &r) == 0 &&
			   r.form == good[i].form && is_text(r.path, good[i].path) &&
			   r.has_query == !!good[i].query &&
			   (!good[i].query || is_text(r.query, good[i].query)),
		   good[i].target);
	}
	r.length = 77;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nhost: r\r\n\r\n", bad[i]);
		is_int(parse(head, strlen(head), &r), -EBADMSG, "a target that is none");
	}
	is_int((int64_t)r.length, 77, "failures leave the output untouched");
	is_int(parse("OPTIONS * HTTP/1.1\r\nhost: r\r\n\r\n", 31, &r), 0, "OPTIONS * is one");
	is_int(r.form, HTTP_ASTERISK, "of its own form");
}

static void test_malformed(void)
{
	static const char *const bad[] = {
		"GET /\r\nhost: r\r\n\r\n",
		"GET / \r\nhost: r\r\n\r\n",
		"GET / HTTP/1.1 \r\nhost: r\r\n\r\n",
		"GET /  HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET  / HTTP/1.1\r\nhost: r\r\n\r\n",
		" GET / HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET\t/ HTTP/1.1\r\nhost: r\r\n\r\n",
		"GET / HTTP/1.1\r\r\nhost: r\r\n\r\n",
		"GET / HTTP/1.2\r\nhost: r\r\n\r\n",
		"GET / HTTP/2.0\r\nhost: r\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\n",
		"GET / http/1.1\r\nhost: r\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"G(T / HTTP/1.1\r\nhost: r\r\n\r\n",
		"CONNECT r:443 HTTP/1.1\r\nhost: r\r\n\r\n",
		"CONNECT / HTTP/1.1\r\nhost: r\r\n\r\n",
		"connect / HTTP/1.1\r\nhost: r\r\n\r\n",
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
		POST "content-length: 9999999999999999999\r\n\r\n",
		POST "content-length: 18446744073709551619\r\n\r\n",
		POST "content-length: 1\r\ncontent-length: 1\r\n\r\n",
		POST "content-length: 1\r\nContent-Length: 2\r\n\r\n",
		POST "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
		POST "transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n",
		POST "content_length: 1\r\n\r\n",
		POST "Transfer_Encoding: chunked\r\n\r\n",
		POST "transfer-encoding: x\r\n\r\n",
		POST "transfer-encoding:\r\n\r\n",
		POST "transfer-encoding: identity\r\n\r\n",
		POST "transfer-encoding: chunked, identity\r\n\r\n",
		POST "transfer-encoding: gzip, chunked\r\n\r\n",
		POST "transfer-encoding: xchunked\r\n\r\n",
		POST "transfer-encoding: \"chunked\"\r\n\r\n",
		POST "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
		POST "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n",
		POST "transfer-encoding : chunked\r\n\r\n",
		POST "transfer-encoding\r\n : chunked\r\n\r\n",
		"POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
	};
	static const char nul[] = GET "x: a\0b\r\n\r\n";
	struct http_request r = { .length = 77 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char name[80];

		snprintf(name, sizeof(name), "malformed: case %zu", i);
		is_int(parse(bad[i], strlen(bad[i]), &r), -EBADMSG, name);
	}
	is_int(parse(nul, sizeof(nul) - 1, &r), -EBADMSG, "malformed: a NUL");
	is_int((int64_t)r.length, 77, "failures leave the output untouched");
}

static void test_answers(void)
{
	static const struct {
		const char *head;
		unsigned status;
		bool keep_alive, chunked, has_length;
		uint64_t length;
	} good[] = {
		{ OK "\r\n", 200, true, false, false, 0 },
		{ "HTTP/1.1 200\r\n\r\n", 200, true, false, false, 0 },
		{ "HTTP/1.1 200 \r\n\r\n", 200, true, false, false, 0 },
		{ "HTTP/1.1 404 \xc3\xa9\r\n\r\n", 404, true, false, false, 0 },
		{ "HTTP/1.0 200 OK\r\n\r\n", 200, false, false, false, 0 },
		{ "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\n", 200, true, false, false, 0 },
		{ OK "content-length: 12\r\nconnection: close\r\n\r\n", 200, false, false, true,
		  12 },
		{ OK "transfer-encoding: chunked\r\n\r\n", 200, true, true, false, 0 },
		{ "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n", 101, true,
		  false, false, 0 },
	};
	static const char *const bad[] = {
		"HTTP/1.1\r\n\r\n",
		"HTTP/1.1 20\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1  200 OK\r\n\r\n",
		"HTTP/2 200 OK\r\n\r\n",
		"http/1.1 200 OK\r\n\r\n",
		"ICY 200 OK\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		OK "content-length: 1\r\ncontent-length: 2\r\n\r\n",
		OK "content-length: 1\r\ncontent-length: 1\r\n\r\n",
		OK "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
		OK "transfer-encoding: gzip\r\n\r\n",
		"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
		OK "x: y\r\n z\r\n\r\n",
		OK "x : y\r\n\r\n",
	};
	struct http_response r = { 0 };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(parse_answer(good[i].head, &r) == 0 && r.status == good[i].status &&
			   r.keep_alive == good[i].keep_alive && r.chunked == good[i].chunked &&
			   r.has_length == good[i].has_length && r.length == good[i].length,
		   "an answer");
	r.length = 77;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(parse_answer(bad[i], &r), -EBADMSG, "no answer");
	is_int((int64_t)r.length, 77, "failures leave the output untouched");
}

static void test_events(void)
{
	static const struct {
		const char *fields;
		bool events;
	} cases[] = {
		{ "content-type: text/event-stream\r\n", true },
		{ "Content-Type: Text/Event-Stream; charset=utf-8\r\n", true },
		{ "content-type:text/event-stream ;x\r\n", true },
		{ "content-type: text/event-streams\r\n", false },
		{ "content-type: text/plain\r\n", false },
		{ "content-type: text/event-stream\r\ncontent-encoding: gzip\r\n", false },
		{ "content-encoding: br\r\ncontent-type: text/event-stream\r\n", false },
		{ "content-type: text/event-stream\r\ncontent-type: text/event-stream\r\n", false },
		{ "", false },
	};
	struct http_response r;
	char head[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(head, sizeof(head), OK "%s\r\n", cases[i].fields);
		ok(parse_answer(head, &r) == 0 && r.events == cases[i].events,
		   cases[i].events ? "an event stream" : "none that can be read as it is");
	}
}

/* The value of Flavor in the head of an answer; NULL: there is not one. */
static const char *flavor(const char *fields)
{
	static char text[256];
	char head[256];
	struct span s, value = { 0 };
	bool has;

	snprintf(head, sizeof(head), OK "%s\r\n", fields);
	s = copy_of(head, strlen(head));
	has = http_field(s, "Flavor", &value);
	if (has)
		snprintf(text, sizeof(text), "%.*s", (int)value.left, (const char *)value.p);
	copy_drop(s);
	return has ? text : NULL;
}

static void test_field(void)
{
	is_str(flavor("a: b\r\nfLAVOR:\t sweet sour \r\nc: d\r\n"), "sweet sour",
	       "a field is found in any letters, without blanks around it");
	is_str(flavor("flavor:\r\n"), "", "an empty one");
	ok(!flavor("flavors: x\r\nflavo: x\r\nx-flavor: x\r\n"), "no other name");
	ok(!flavor("a: flavor: x\r\n"), "none in a value");
	ok(!flavor("flavor: a\r\nb: c\r\nFlavor: a\r\n"), "not one of two");
	ok(!flavor(""), "none at all");
}

int main(void)
{
	test_field();
	test_events();
	test_scan();
	test_scan_refuses();
	test_beginnings();
	test_request();
	test_meanings();
	test_authorization();
	test_targets();
	test_malformed();
	test_answers();
	return tap_done();
}
