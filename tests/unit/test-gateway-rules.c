/* SPDX-License-Identifier: MIT */
/* Whose a path is, whether it can be judged, and what the rules of a plan say about it. */
#include "initramfs/gateway/rules.h"

#include <stdio.h>

#include "initramfs/gateway/target.h"
#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

static void test_owner(void)
{
	static const struct {
		const char *path;
		enum target_owner owner;
	} cases[] = {
		{ "/", TARGET_OTHER },
		{ "/v1/models", TARGET_OTHER },
		{ "/.well-known", TARGET_OTHER },
		{ "/.well-known/rampar", TARGET_OTHER },
		{ "/.well-known/ramparts", TARGET_OTHER },
		{ "/.well-known/rampart%41", TARGET_OTHER },
		{ "/x/.well-known/rampart", TARGET_OTHER },
		{ "/.well-known/x/rampart", TARGET_OTHER },
		{ "/.well-known/../rampart", TARGET_OTHER },
		{ "/%", TARGET_OTHER },
		{ "/%4", TARGET_OTHER },
		{ "/%zz/..", TARGET_OTHER },
		{ "/.well-known/rampart", TARGET_OURS },
		{ "/.well-known/rampart/", TARGET_OURS },
		{ "/.well-known/rampart/evidence", TARGET_OURS },
		{ "/.well-known/rampart/../../v1/models", TARGET_OURS },
		{ "/%2ewell-known/rampart", TARGET_OURS },
		{ "/%2Ewell-known/%72ampart/evidence", TARGET_OURS },
		{ "/%2e%77%65%6c%6c%2d%6b%6e%6f%77%6e/%72%61%6d%70%61%72%74", TARGET_OURS },
		{ "//.well-known/rampart", TARGET_MASKED },
		{ "/.well-known//rampart", TARGET_MASKED },
		{ "/./.well-known/rampart/evidence", TARGET_MASKED },
		{ "/x/../.well-known/rampart", TARGET_MASKED },
		{ "/x/y/../../.well-known/./rampart/evidence", TARGET_MASKED },
		{ "/../.well-known/rampart", TARGET_MASKED },
		{ "/.well-known/x/../rampart", TARGET_MASKED },
		{ "/%2e/.well-known/rampart", TARGET_MASKED },
		{ "/x/%2e%2e/.well-known/rampart", TARGET_MASKED },
		{ "/x/%252e%252e/.well-known/rampart", TARGET_MASKED },
		{ "/%252ewell-known/rampart", TARGET_MASKED },
		{ "/%25252ewell-known/rampart", TARGET_MASKED },
		{ "/.well-known%2frampart", TARGET_MASKED },
		{ "/.well-known%2Frampart/evidence", TARGET_MASKED },
		{ "/.well-known\\rampart", TARGET_MASKED },
		{ "\\.well-known/rampart", TARGET_MASKED },
		{ "/.well-known%5crampart", TARGET_MASKED },
		{ "/.Well-Known/Rampart", TARGET_MASKED },
		{ "/.well-known;x/rampart;y=z/evidence", TARGET_MASKED },
		{ "/.well-known/rampart;", TARGET_MASKED },
		{ "/.well-known/rampart%00", TARGET_MASKED },
		{ "/.well-known/rampart%3fx", TARGET_MASKED },
		{ "/.well-known/rampart%23", TARGET_MASKED },
		{ "/.well-known/rampart\\", TARGET_MASKED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span s = copy_of(cases[i].path, strlen(cases[i].path));

		is_int(target_owner(s), cases[i].owner, cases[i].path);
		copy_drop(s);
	}
}

static void test_routes(void)
{
	ok(target_is(span_of("/a%2db", 6), "/a-b"), "an encoded character is the same path");
	ok(!target_is(span_of("/a%2fb", 6), "/a/b"), "an encoded slash is not");
	ok(!target_is(span_of("/a-b/", 5), "/a-b"), "nor is a longer one");
	ok(!target_is(span_of("/a-", 3), "/a-b"), "nor a shorter one");
}

static void test_plain(void)
{
	static const char *const good[] = { "/",      "/a",	"/a/b/",   "/a.b/..c/c..",
					    "/...",   "/a%20b", "/%c3%a9", "/a;b",
					    "/a%3fb", "/~a",	"/a:b@c" };
	static const char *const bad[] = { "",	   "a",	     "//",	 "/a//b",   "/.",
					   "/..",  "/a/./b", "/a/..",	 "/..;x/b", "/a\\b",
					   "/%41", "/%2e",   "/%2E/a",	 "/%7e",    "/%2f",
					   "/%5C", "/%25",   "/%00",	 "/%0a",    "/%7f",
					   "/%",   "/%4",    "/a/%2e%2e" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(target_is_plain(span_of(good[i], strlen(good[i]))), good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!target_is_plain(span_of(bad[i], strlen(bad[i]))), "a path with two readings");
}

static enum rules_verdict judged(const struct plan *plan, const char *line, const char *fields)
{
	struct http_request request;
	char head[256];

	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nhost: r\r\n%s\r\n", line, fields);
	if (http_parse_request(span_of(head, strlen(head)), &request) < 0)
		return (enum rules_verdict) - 1;
	return rules_judge(plan, &request);
}

static const struct plan strict = {
	.allow = { { "GET", "/v1/models", false },
		   { "POST", "/v1/chat/completions", false },
		   { "POST", "/files/", true },
		   { "PUT", "/files/", true },
		   { "GET", "/live", false } },
	.n_allow = 5,
	.upgrade = { { "websocket", "/live", false }, { "websocket", "/files/", true } },
	.n_upgrade = 2,
	.has_body = true,
	.body = 100,
};

static void test_rules(void)
{
	static const struct {
		const char *line;
		enum rules_verdict verdict;
	} cases[] = {
		{ "GET /v1/models", RULES_PASS },
		{ "GET /v1/models?x=/../y", RULES_PASS },
		{ "HEAD /v1/models", RULES_PASS },
		{ "POST /v1/chat/completions", RULES_PASS },
		{ "POST /files/", RULES_PASS },
		{ "PUT /files/a/b", RULES_PASS },
		{ "PUT /files/a%20b", RULES_PASS },
		{ "get /v1/models", RULES_NO_METHOD },
		{ "POST /v1/models", RULES_NO_METHOD },
		{ "OPTIONS /v1/models", RULES_NO_METHOD },
		{ "HEAD /v1/chat/completions", RULES_NO_METHOD },
		{ "GET /files/x", RULES_NO_METHOD },
		{ "GET /", RULES_NO_PATH },
		{ "GET /slots", RULES_NO_PATH },
		{ "GET /v1/models/", RULES_NO_PATH },
		{ "GET /V1/models", RULES_NO_PATH },
		{ "POST /files", RULES_NO_PATH },
		{ "POST /filesystem", RULES_NO_PATH },
		{ "OPTIONS *", RULES_NO_PATH },
		{ "GET /v1/%6dodels", RULES_AMBIGUOUS },
		{ "GET //v1/models", RULES_AMBIGUOUS },
		{ "GET /v1/./models", RULES_AMBIGUOUS },
		{ "PUT /files/../slots", RULES_AMBIGUOUS },
		{ "PUT /files/%2e%2e/slots", RULES_AMBIGUOUS },
		{ "PUT /files/..%2fslots", RULES_AMBIGUOUS },
		{ "PUT /files/..\\slots", RULES_AMBIGUOUS },
		{ "GET http://r/v1/models", RULES_AMBIGUOUS },
	};
	char methods[RULES_METHODS_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(judged(&strict, cases[i].line, ""), cases[i].verdict, cases[i].line);
	is_int(judged(&strict, "PUT /files/a", "content-length: 100\r\n"), RULES_PASS,
	       "the largest content");
	is_int(judged(&strict, "PUT /files/a", "content-length: 101\r\n"), RULES_TOO_LARGE,
	       "a larger one");
	is_int(judged(&strict, "GET /v1/models", "content-length: 1\r\n"), RULES_CONTENT,
	       "content that some servers leave unread");
	is_int(judged(&strict, "HEAD /v1/models", "transfer-encoding: chunked\r\n"), RULES_CONTENT,
	       "in chunks, too");
	is_int(judged(&strict, "GET /v1/models", "content-length: 0\r\n"), RULES_PASS,
	       "none, said in words");
	is_int((int64_t)rules_content_max(&strict), 100, "and so it is for chunks");
	rules_methods(&strict, span_of("/files/x", 8), methods);
	is_str(methods, "POST, PUT", "the methods of a path");
	rules_methods(&strict, span_of("/v1/models", 10), methods);
	is_str(methods, "GET, HEAD", "of another one");
}

#define WEBSOCKET "connection: upgrade\r\nupgrade: websocket\r\n"

static void test_upgrades(void)
{
	static const struct plan open = { .upgrade = { { "websocket", "/a/", true } },
					  .n_upgrade = 1 },
				 none = { 0 };
	static const struct {
		const char *line, *fields, *what;
		const struct plan *plan;
		enum rules_verdict verdict;
	} cases[] = {
		{ "GET /live", WEBSOCKET, "a path that has one", &strict, RULES_PASS },
		{ "GET /live", "", "which is asked for other things too", &strict, RULES_PASS },
		{ "GET /v1/models", WEBSOCKET, "one that has none", &strict, RULES_UPGRADE },
		{ "GET /files/a", WEBSOCKET, "it must be allowed as well", &strict,
		  RULES_NO_METHOD },
		{ "GET /live", "connection: upgrade\r\nupgrade: h2c\r\n", "another protocol",
		  &strict, RULES_UPGRADE },
		{ "GET /live", "upgrade: websocket\r\n", "half of one", &strict, RULES_UPGRADE },
		{ "GET /live", "connection: upgrade\r\nupgrade: websocket, h2c\r\n", "a choice",
		  &strict, RULES_UPGRADE },
		{ "GET /live", "connection: upgrade\r\nupgrade:\r\n", "an empty one", &strict,
		  RULES_UPGRADE },
		{ "GET /live", "connection: upgrade\r\n", "none, whatever Connection says", &strict,
		  RULES_PASS },
		{ "GET /a/b", WEBSOCKET, "below one, without other rules", &open, RULES_PASS },
		{ "GET /b", WEBSOCKET, "beside it", &open, RULES_UPGRADE },
		{ "GET /a/../b", WEBSOCKET, "a path of many readings", &open, RULES_UPGRADE },
		{ "GET http://r/a/b", WEBSOCKET, "one with a host", &open, RULES_UPGRADE },
		{ "GET /a/b", WEBSOCKET, "without any", &none, RULES_UPGRADE },
		{ "GET /a/b", "", "nothing that is asked for", &none, RULES_PASS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(judged(cases[i].plan, cases[i].line, cases[i].fields), cases[i].verdict,
		       cases[i].what);
}

static void test_no_rules(void)
{
	const struct plan none = { 0 }, small = { .has_body = true, .body = 1 };

	ok(judged(&none, "GET http://r//..", "content-length: 99999999\r\n") == RULES_PASS,
	   "without rules everything passes");
	is_int(judged(&small, "BREW //%2e", ""), RULES_PASS,
	       "with a limit alone paths are not judged");
	is_int(judged(&small, "BREW /", "content-length: 2\r\n"), RULES_TOO_LARGE,
	       "but contents are");
}

int main(void)
{
	test_owner();
	test_routes();
	test_plain();
	test_rules();
	test_upgrades();
	test_no_rules();
	return tap_done();
}
