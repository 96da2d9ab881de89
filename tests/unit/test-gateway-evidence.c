/* SPDX-License-Identifier: MIT */
/* The text of the evidence, and of the answers around it. */
#include <errno.h>
#include <stdlib.h>

#include "initramfs/gateway/answer.h"
#include "initramfs/gateway/evidence.h"
#include "tests/lib/tap.h"

#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

static void test_machine(void)
{
	const struct evidence_machine machine = { .members = text_span("\"ak\":1"),
						  .certificate = text_span("cert"),
						  .firmware_log = text_span(""),
						  .runtime_log = text_span("x\n") };
	char *text, copy[256];
	size_t len;

	is_int(evidence_machine(&machine, &text, &len), 0, "the machine's part");
	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	is_str(copy,
	       "{\"ak\":1,\"certificate\":\"Y2VydA==\",\"firmware_log\":\"\",\"runtime_log\":\"eAo=\"",
	       "has its keys in order; a log may be empty");
	free(text);
}

static void test_request(void)
{
	struct evidence_request request = { .nonce = { 0 }, .exporter = { 0xff } };
	struct merkle_path path = { .size = 3, .index = 2, .n = 2 };
	char buf[EVIDENCE_REQUEST_MAX + 10];
	struct span quote = text_span("\"quote\":1");
	size_t len = evidence_request(&request, &path, quote, buf, sizeof(buf));

	is_str(buf,
	       ",\"nonce\":\"" A43
	       "=\",\"exporter\":\"/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"path\":{\"size\":3,\"index\":2,\"siblings\":[\"" A43
	       "=\",\"" A43 "=\"]},\"quote\":1}",
	       "the request's part");
	is_int((int64_t)len, (int64_t)strlen(buf), "and its length");
	path.size = path.index = UINT32_MAX;
	path.n = MERKLE_PATH_MAX;
	len = evidence_request(&request, &path, quote, buf, sizeof(buf));
	ok(len < sizeof(buf) && buf[len - 1] == '}', "the longest path has room");
}

static void test_nonce(void)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = {
		{ A43 "=", 0 },
		{ A43, 0 },
		{ "-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0 },
		{ "+/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0 },
		{ "+_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", -EBADMSG },
		{ "+_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", -EBADMSG },
		{ A43 "A", -EBADMSG },
		{ A43 "==", -EBADMSG },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", -EBADMSG },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", -EBADMSG },
		{ "", -EBADMSG },
	};
	uint8_t nonce[BINDING_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[80];

		snprintf(name, sizeof(name), "nonce: case %zu", i);
		is_int(evidence_nonce(text_span(cases[i].text), nonce), cases[i].want, name);
	}
	(void)evidence_nonce(text_span(cases[2].text), nonce);
	ok(nonce[0] == 0xfb && nonce[1] == 0xf0 && nonce[31] == 0, "a nonce's bytes");
}

/* All that answer_rest() gives, a few bytes a time. */
static const char *all_of(struct answer *answer)
{
	static char buf[4096];
	struct span rest;
	size_t len = 0;

	while ((rest = answer_rest(answer)).left > 0) {
		size_t n = rest.left < 7 ? rest.left : 7;

		memcpy(buf + len, rest.p, n);
		len += n;
		answer->sent += n;
	}
	buf[len] = '\0';
	free(answer);
	return buf;
}

static void test_answer(void)
{
	struct answer_content content = { .type = "text/x",
					  .shared = text_span("shared"),
					  .own = text_span("own") };

	is_str(all_of(answer_new(200, "x: y\r\n", &content, true)),
	       "HTTP/1.1 200 OK\r\ncontent-type: text/x\r\ncontent-length: 9\r\n"
	       "cache-control: no-store\r\nconnection: keep-alive\r\nx: y\r\n\r\nsharedown",
	       "an answer of both parts");
	is_str(all_of(answer_error(404, "", NULL, text_span("a\"b\\c\nd\x80"), false)),
	       "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 85\r\n"
	       "cache-control: no-store\r\nconnection: close\r\n\r\n{\"error\":{\"message\":"
	       "\"a\\\"b\\\\cd\",\"type\":\"invalid_request_error\",\"code\":\"unknown_url\"}}\n",
	       "an error is JSON, whatever its text");
	is_str(all_of(answer_continue()), "HTTP/1.1 100 Continue\r\n\r\n", "leave to go on");
}

int main(void)
{
	test_machine();
	test_request();
	test_nonce();
	test_answer();
	return tap_done();
}
