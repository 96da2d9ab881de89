/* SPDX-License-Identifier: MIT */
/* Addresses and times that a user gives. */
#include "measure/cmd/instant.h"
#include "measure/cmd/url.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

static void test_urls(void)
{
	static const struct {
		const char *text, *host, *port;
	} good[] = {
		{ "https://example.org", "example.org", "443" },
		{ "https://example.org:8443/", "example.org", "8443" },
		{ "127.0.0.1:1", "127.0.0.1", "1" },
		{ "https://[::1]:65535", "::1", "65535" },
		{ "[2001:db8::7]", "2001:db8::7", "443" },
	};
	static const char *const bad[] = {
		"",
		"https://",
		"http://a",
		"ftp://a",
		"a:0",
		"a:65536",
		"a:080",
		"a:",
		"a:8x",
		"a:80/path",
		"a/b",
		"-a",
		"a b",
		"user@host",
		"[::1",
		"[]",
		"[::1]x",
		"a\nb",
		"a:999999999999999999999999",
	};
	const char *why;
	struct url url;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_int(url_parse(good[i].text, &url, &why), 0, good[i].text);
		is_str(url.host, good[i].host, "its host");
		is_str(url.port, good[i].port, "its port");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(url.host, "untouched");
		why = NULL;
		is_int(url_parse(bad[i], &url, &why), -EINVAL, "an address that is refused");
		ok(why && !strcmp(url.host, "untouched"), "... with a reason, and no result");
	}
}

static void test_long_hosts(void)
{
	char text[URL_HOST_MAX + 8] = { 0 };
	const char *why;
	struct url url;

	memset(text, 'a', URL_HOST_MAX - 1);
	is_int(url_parse(text, &url, &why), 0, "a host of 255 characters");
	text[URL_HOST_MAX - 1] = 'a';
	is_int(url_parse(text, &url, &why), -EINVAL, "and none longer");
}

static void test_times(void)
{
	static const char *const bad[] = { "",
					   "@",
					   "@-1",
					   "2026-13-01",
					   "today",
					   "2026-11-25T04:00:00",
					   "@1234567890123",
					   "2026-11-25 " };
	int64_t time = 7;

	is_int(instant_parse("2026-11-25T04:00:00Z", &time), 0, "a time");
	is_int(time, 1795579200, "in seconds since 1970");
	is_int(instant_parse("2026-11-25", &time), 0, "a day");
	is_int(time, 1795564800, "is its first second, UTC");
	is_int(instant_parse("@42", &time), 0, "seconds");
	is_int(time, 42, "are taken as they are");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(instant_parse(bad[i], &time), -EINVAL, "a time that is refused");
	is_int(time, 42, "failures leave the time untouched");
}

int main(void)
{
	test_urls();
	test_long_hosts();
	test_times();
	return tap_done();
}
