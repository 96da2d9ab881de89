/* SPDX-License-Identifier: MIT */
/* Addresses and times that a user gives. */
#include "measure/cmd/client/url.h"
#include "measure/cmd/instant.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/tap.h"

static void test_urls(void)
{
	static const struct {
		const char *text, *host, *port;
		bool is_address;
	} good[] = {
		{ "https://example.org", "example.org", "443", false },
		{ "https://example.org:8443/", "example.org", "8443", false },
		{ "HTTPS://EXAMPLE.org", "EXAMPLE.org", "443", false },
		{ "hTTps://[::1]:7", "::1", "7", true },
		{ "127.0.0.1:1", "127.0.0.1", "1", true },
		{ "https://[::1]:65535", "::1", "65535", true },
		{ "[2001:db8::7]", "2001:db8::7", "443", true },
		{ "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", "443", true },
		{ "https://[fe80::1%25eth0]:9/", "fe80::1%eth0", "9", true },
		{ "https://[fe80::1%eth0.5]", "fe80::1%eth0.5", "443", true },
		{ "[fe80::1%253]", "fe80::1%3", "443", true },
		{ "[ff02::1%25br-lan_0~]", "ff02::1%br-lan_0~", "443", true },
		{ "example.org.", "example.org.", "443", false },
		{ "xn--mnchen-3ya.example", "xn--mnchen-3ya.example", "443", false },
		{ "my_machine", "my_machine", "443", false },
		{ "1a:5", "1a", "5", false },
		{ "4.example", "4.example", "443", false },
	};
	static const char *const bad[] = {
		"",
		"https://",
		"http://a",
		"HTTP://a",
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
		"[1.2.3.4]",
		"[1::2::3]",
		"[12345::]",
		"[fe80::1]",
		"[fe80::1%]",
		"[fe80::1%25]",
		"[fe80::1%25a%20b]",
		"[fe80::1%eth0/1]",
		"[fe80::1%sixteen-letters_]",
		".",
		"..",
		"a..b",
		".a",
		"a..",
		"m\xc3\xbcnchen.example",
		"a%62c",
		"127.1",
		"010.0.0.1",
		"1.2.3.256",
		"2130706433",
		"1.2.3.4.",
	};
	struct rampart_error why;
	struct url url;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		is_int(url_parse(good[i].text, &url, &why), 0, good[i].text);
		is_str(url.host, good[i].host, "its host");
		is_str(url.port, good[i].port, "its port");
		is_int(url.is_address, good[i].is_address, "whether it is an address");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(url.host, "untouched");
		why.text[0] = 0;
		is_int(url_parse(bad[i], &url, &why), -EINVAL, "an address that is refused");
		if (!ok(why.text[0] && !strcmp(url.host, "untouched"),
			"... with a reason, and no result"))
			printf("# %s\n", bad[i]);
	}
}

/* "aaa.aaa.": n characters, of which every step-th is a dot. */
static const char *name_of(size_t n, size_t step)
{
	static char text[URL_HOST_MAX + 8];

	memset(text, 'a', n);
	text[n] = '\0';
	for (size_t i = step - 1; i < n; i += step)
		text[i] = '.';
	return text;
}

static void test_long_hosts(void)
{
	struct rampart_error why;
	struct url url;

	is_int(url_parse(name_of(253, 64), &url, &why), 0, "a name of 253 characters");
	is_int(url_parse(name_of(254, 127), &url, &why), -EINVAL, "no label of more than 63");
	is_int(url_parse(name_of(254, 2), &url, &why), 0, "253 and a dot");
	is_int(url_parse(name_of(255, 64), &url, &why), -EINVAL, "and none longer");
	is_int(url_parse(name_of(256, 64), &url, &why), -EINVAL, "than has room");
}

static void test_authority(void)
{
	static const struct {
		const char *url, *usual, *want;
	} cases[] = {
		{ "example.org:80", "80", "example.org" },
		{ "example.org:443", "80", "example.org:443" },
		{ "https://example.org/", "443", "example.org" },
		{ "192.0.2.7:8080", "80", "192.0.2.7:8080" },
		{ "[2001:db8::1]:80", "80", "[2001:db8::1]" },
		{ "[2001:db8::1]:8", "80", "[2001:db8::1]:8" },
	};
	char text[URL_AUTHORITY_MAX];
	struct rampart_error why;
	struct url url;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		must(url_parse(cases[i].url, &url, &why) == 0);
		url_authority(&url, cases[i].usual, text);
		ok(!strcmp(text, cases[i].want), cases[i].want);
	}
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
	test_authority();
	test_times();
	return tap_done();
}
