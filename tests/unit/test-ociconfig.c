/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/ociconfig.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/lib/tap.h"

static const char good[] =
	"{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"1970-01-01T00:00:00Z\",\"config\":{\"Entrypoint\":[\"/bin/x\",\"-y\"],\"Cmd\":null,\"Env\":[\"A=1\"],\"WorkingDir\":\"/w\",\"User\":\"65534\",\"ExposedPorts\":{\"8080/tcp\":{},\"53/udp\":{}}}}";

/* Parses a heap copy of exactly len bytes, so that a read past it is a sanitizer report. */
static int parse(const char *text, size_t len, struct ociconfig *config,
		 struct rampart_error *error)
{
	char *copy = malloc(len ? len : 1);
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	r = ociconfig_parse(copy, len, config, error);
	free(copy);
	return r;
}

static void test_good(void)
{
	struct rampart_error error;
	struct ociconfig c;

	is_int(parse(good, strlen(good), &c, &error), 0, "a configuration with every field");
	ok(c.entrypoint.n == 2 && !strcmp(c.entrypoint.v[0], "/bin/x"), "Entrypoint");
	ok(c.cmd.n == 0, "Cmd: null is none");
	ok(c.env.n == 1 && !strcmp(c.env.v[0], "A=1"), "Env");
	ok(c.workdir.n == 1 && !strcmp(c.workdir.v[0], "/w"), "WorkingDir");
	is_int(c.port, 8080, "ExposedPorts: the one TCP port");
	ociconfig_done(&c);
}

static void test_prefixes(void)
{
	struct rampart_error error;
	size_t bad = 0;

	for (size_t n = 0; n < strlen(good); n++) {
		struct ociconfig c;

		bad += parse(good, n, &c, &error) != -EBADMSG || !error.text[0] ||
		       strchr(error.text, '\n');
		ociconfig_done(&c);
	}
	is_int((int64_t)bad, 0, "every prefix is refused with one line");
}

static const struct {
	const char *config;
	int want;
	uint16_t port;
	const char *name;
} cases[] = {
	{ "null", 0, 0, "config: null is an empty one" },
	{ "[]", -EPROTO, 0, "config: a list" },
	{ "{\"ExposedPorts\":{\"80\":{}}}", 0, 80, "port without protocol is TCP" },
	{ "{\"ExposedPorts\":{\"80\":{},\"81/tcp\":{}}}", 0, 0, "two ports are no answer" },
	{ "{\"ExposedPorts\":{\"80/udp\":{}}}", 0, 0, "a UDP port is no answer" },
	{ "{\"ExposedPorts\":{\"65536/tcp\":{}}}", -EPROTO, 0, "port past 65535" },
	{ "{\"ExposedPorts\":{\"0/tcp\":{}}}", -EPROTO, 0, "port 0" },
	{ "{\"ExposedPorts\":{\"x\":{}}}", -EPROTO, 0, "port that is no number" },
	{ "{\"ExposedPorts\":{\"80/TCP\":{}}}", 0, 80, "the protocol in capitals" },
	{ "{\"ExposedPorts\":{\"80\":{},\"80/tcp\":{}}}", 0, 80, "one port, written twice" },
	{ "{\"ExposedPorts\":{\"080/tcp\":{},\"80/tcp\":{}}}", 0, 80, "also with a zero" },
	{ "{\"ExposedPorts\":{\"80/tcp\":{},\"80/udp\":{}}}", 0, 80, "UDP beside it" },
	{ "{\"ExposedPorts\":{\"80/tcp\":{},\"9/SCTP\":{}}}", 0, 80, "SCTP beside it" },
	{ "{\"ExposedPorts\":{\"80-81/tcp\":{}}}", 0, 0, "a range is several ports" },
	{ "{\"ExposedPorts\":{\"80-80/tcp\":{}}}", 0, 80, "a range of one is one" },
	{ "{\"ExposedPorts\":{\"80-90/udp\":{},\"7/tcp\":{}}}", 0, 7, "a range of UDP" },
	{ "{\"ExposedPorts\":{\"81-80/tcp\":{}}}", -EPROTO, 0, "a range backwards" },
	{ "{\"ExposedPorts\":{\"80-/tcp\":{}}}", -EPROTO, 0, "a range without an end" },
	{ "{\"ExposedPorts\":{\" 80/tcp\":{}}}", -EPROTO, 0, "a space before a port" },
	{ "{\"ExposedPorts\":{\"+80/tcp\":{}}}", -EPROTO, 0, "a sign before a port" },
	{ "{\"ExposedPorts\":{\"80/quic\":{}}}", -EPROTO, 0, "a protocol that nobody knows" },
	{ "{\"ExposedPorts\":{\"80/tcp/udp\":{}}}", -EPROTO, 0, "two protocols" },
	{ "{\"ExposedPorts\":[80]}", -EPROTO, 0, "ExposedPorts: a list" },
	{ "{\"WorkingDir\":\"\"}", 0, 0, "WorkingDir: empty is none" },
	{ "{\"WorkingDir\":1}", -EPROTO, 0, "WorkingDir: a number" },
	{ "{\"Env\":[\"A=\\u0000\"]}", -EBADMSG, 0, "Env: a NUL in a string" },
	{ "{\"Env\":{\"A\":\"1\"}}", -EPROTO, 0, "Env: an object" },
	{ "{\"Entrypoint\":\"/bin/x\"}", -EPROTO, 0, "Entrypoint: a string" },
	{ "{\"Cmd\":[null]}", -EPROTO, 0, "Cmd: null in it" },
	{ "{\"Cmd\":[],\"Cmd\":[]}", -EBADMSG, 0, "a field given twice" },
};

static void test_cases(void)
{
	char text[512];
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ociconfig c;
		int n = snprintf(text, sizeof(text),
				 "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":%s}",
				 cases[i].config);

		is_int(parse(text, (size_t)n, &c, &error), cases[i].want, cases[i].name);
		if (cases[i].want == 0)
			is_int(c.port, cases[i].port, "  and its port");
		ociconfig_done(&c);
	}
}

static const struct {
	const char *config;
	int want;
} platforms[] = {
	{ "{\"os\":\"Linux\",\"architecture\":\"x86_64\"}", 0 },
	{ "{\"os\":\"linux\",\"architecture\":\"AMD64\"}", 0 },
	{ "{\"os\":\"\",\"architecture\":\"x86-64\"}", 0 },
	{ "{\"rootfs\":{}}", 0 },
	{ "{\"os\":\"windows\",\"architecture\":\"amd64\"}", -EPROTO },
	{ "{\"architecture\":\"arm64\",\"rootfs\":{}}", -EPROTO },
	{ "{}", -EPROTO },
};

static void test_platforms(void)
{
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		struct ociconfig c;

		is_int(parse(platforms[i].config, strlen(platforms[i].config), &c, &error),
		       platforms[i].want, platforms[i].config);
		ociconfig_done(&c);
	}
}

int main(void)
{
	test_platforms();
	test_good();
	test_prefixes();
	test_cases();
	return tap_done();
}
