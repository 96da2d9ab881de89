/* SPDX-License-Identifier: MIT */
/* What a plan says about the gateway: what is read, and what is refused. */
#include "measure/lib/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/tap.h"

#define ZERO	"sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define ONE	"sha256:0000000000000000000000000000000000000000000000000000000000000001"
#define TWO	"sha256:0000000000000000000000000000000000000000000000000000000000000002"
#define NAME_63 "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_.01234567"

/* A plan with these lines about the gateway, sorted. */
static int parse(const char *lines, struct plan *ret_plan, const char **ret_why)
{
	static char text[PLAN_SIZE_MAX];
	struct diag diag = { .what = "" };
	int len = snprintf(text, sizeof(text),
			   "rampart-plan/1\narg.00 /server\ncontainer " ZERO
			   " 4096\ndebug 0\n%simage test\n"
			   "limit.cpu 0\nlimit.files 64\nlimit.memory 1\nlimit.pids 8\nport 8080\n"
			   "restart never\nrestart.max 0\nrestart.window 600\nscratch 0\n",
			   lines);
	int r;

	for (int i = 0; i < PLAN_ROLES_N; i++)
		len += sprintf(text + len, "seccomp.%s " ZERO " 8\n", plan_roles[i]);
	len += sprintf(text + len, "version 1\nworkdir /\n");
	r = plan_parse(text, (size_t)len, ret_plan, &diag);
	*ret_why = diag.what;
	return r;
}

static void test_good(void)
{
	const char *why;
	struct plan p;

	is_int(parse("gateway.allow.00 GET /a\n"
		     "gateway.concurrency 4 64\n"
		     "gateway.key.00 alice " ONE "\n"
		     "gateway.key.01 alice " TWO "\n"
		     "gateway.key.02 bob " ZERO "\n"
		     "gateway.metrics 1\n"
		     "gateway.pace 50\n"
		     "gateway.padding 512\n"
		     "gateway.rate 600/m\n"
		     "gateway.status 1\n"
		     "gateway.upgrade.00 websocket /live\n"
		     "gateway.upgrade.01 websocket /live/*\n",
		     &p, &why),
	       0, "a plan with all that may be together");
	ok(p.concurrency == 4 && p.queue == 64, "gateway.concurrency: both numbers");
	ok(p.n_token == 3 && !strcmp(p.token[0].name, "alice") &&
		   !strcmp(p.token[1].name, "alice") && p.token[1].digest.bytes[31] == 2 &&
		   !strcmp(p.token[2].name, "bob") && p.token[2].digest.alg == HASH_SHA256,
	   "gateway.key: several, of one name too");
	ok(p.metrics && p.pace == 50 && p.padding == 512 && p.status,
	   "gateway.metrics, gateway.pace, gateway.padding, gateway.status");
	ok(p.rate.n == 600 && p.rate.seconds == 60, "gateway.rate");
	ok(p.n_upgrade == 2 && !strcmp(p.upgrade[0].method, "websocket") &&
		   !strcmp(p.upgrade[1].path, "/live/") && p.upgrade[1].below,
	   "gateway.upgrade");
	is_int(parse("", &p, &why), 0, "a plan without any");
	ok(p.concurrency == 0 && p.n_token == 0 && p.rate.n == 0 && p.n_upgrade == 0 &&
		   !p.metrics && p.padding == 0 && p.pace == 0 && !p.status,
	   "has no limit and asks for no key");
	is_int(parse("gateway.metrics 1\ngateway.padding 2\ngateway.raw 1\ngateway.status 1\n"
		     "gateway.upgrade.00 websocket /*\n",
		     &p, &why),
	       0, "raw beside what it does not go round");
	is_int(parse("gateway.concurrency 1024 0\n", &p, &why), 0, "nobody may wait");
	is_int(parse("gateway.rate 1000000/h\n", &p, &why), 0, "the highest rate");
	ok(p.rate.n == 1000000 && p.rate.seconds == 3600, "an hour");
	is_int(parse("gateway.key.00 " NAME_63 " " ONE "\n", &p, &why), 0, "the longest name");
}

static void test_bad(void)
{
	static const char raw[] = "gateway.raw beside rules, which it would go round",
			  unsorted[] = "keys are not sorted",
			  request[] = "allowed requests are not sorted, or one appears twice",
			  form[] = "not \"<name> sha256:<hex>\" with a name of [A-Za-z0-9._-]",
			  none[] = "no request could reach the container",
			  rate[] = "not \"<requests>/s\", /m or /h";
	static const struct {
		const char *lines, *why;
	} cases[] = {
		{ "gateway.concurrency 4\n", "not \"<requests> <waiting>\"" },
		{ "gateway.concurrency 0 4\n", none },
		{ "gateway.concurrency 1025 4\n", "number too large" },
		{ "gateway.concurrency 4 10001\n", "number too large" },
		{ "gateway.concurrency 4  4\n", "not a decimal number" },
		{ "gateway.key.00 alice\n", form },
		{ "gateway.key.00 al!ce " ONE "\n", form },
		{ "gateway.key.00 x" NAME_63 " " ONE "\n", form },
		{ "gateway.key.00 alice secret\n", "digest does not start with \"sha256:\"" },
		{ "gateway.key.00 alice sha256:01\n", "digest is not 64 lower-case hex digits" },
		{ "gateway.key.00 alice " ONE "0\n", "digest is not 64 lower-case hex digits" },
		{ "gateway.key.00 bob " ONE "\ngateway.key.01 alice " TWO "\n", unsorted },
		{ "gateway.key.00 bob " TWO "\ngateway.key.01 bob " ONE "\n", unsorted },
		{ "gateway.key.00 bob " ONE "\ngateway.key.01 bob " ONE "\n",
		  "a key appears twice" },
		{ "gateway.key.00 alice " ONE "\ngateway.key.01 bob " ONE "\n",
		  "a key appears twice" },
		{ "gateway.metrics 0\n", "gateway.metrics is not 1" },
		{ "gateway.pace 9\ngateway.padding 512\n", "gateway.pace is less than 10 ms" },
		{ "gateway.pace 1001\ngateway.padding 512\n", "number too large" },
		{ "gateway.pace 50\n", "gateway.pace without a gateway.padding of 64 or more" },
		{ "gateway.pace 50\ngateway.padding 63\n",
		  "gateway.pace without a gateway.padding of 64 or more" },
		{ "gateway.padding 1\n", "gateway.padding is less than 2" },
		{ "gateway.padding 16385\n", "number too large" },
		{ "gateway.rate 10\n", rate },
		{ "gateway.rate 10/d\n", rate },
		{ "gateway.rate 10/s/s\n", rate },
		{ "gateway.rate 10 /s\n", rate },
		{ "gateway.rate /s\n", "not a decimal number" },
		{ "gateway.rate 010/s\n", "not a decimal number" },
		{ "gateway.rate 0/s\n", none },
		{ "gateway.rate 1000001/s\n", "number too large" },
		{ "gateway.concurrency 4 64\ngateway.raw 1\n", raw },
		{ "gateway.key.00 alice " ONE "\ngateway.raw 1\n", raw },
		{ "gateway.rate 1/s\ngateway.raw 1\n", raw },
		{ "gateway.status 0\n", "gateway.status is not 1" },
		{ "gateway.upgrade.00 h2c /live\n", "not \"websocket /path\"" },
		{ "gateway.upgrade.00 websocket\n", "not \"websocket /path\"" },
		{ "gateway.upgrade.00 websockets /a\n", "not \"websocket /path\"" },
		{ "gateway.upgrade.00 websocket /b\ngateway.upgrade.01 websocket /a\n", request },
		{ "gateway.upgrade.00 websocket /a/../b\n",
		  "not a path that the gateway can allow: plain segments, or those and \"/*\", and "
		  "not its own" },
	};
	const char *why;
	struct plan p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(parse(cases[i].lines, &p, &why), -EPROTO, cases[i].lines);
		is_str(why, cases[i].why, "  and why");
	}
}

static void test_many(void)
{
	static char lines[PLAN_SIZE_MAX / 2];
	const char *why;
	struct plan p;
	size_t len = 0;

	for (int i = 0; i < PLAN_TOKENS_MAX; i++)
		len += (size_t)sprintf(lines + len, "gateway.key.%03d k%03d sha256:%064d\n", i, i,
				       i + 1);
	is_int(parse(lines, &p, &why), 0, "as many keys as there may be");
	is_int((int64_t)p.n_token, PLAN_TOKENS_MAX, "  and all are there");
	sprintf(lines + len, "gateway.key.%03d k999 sha256:%064d\n", PLAN_TOKENS_MAX, 999);
	is_int(parse(lines, &p, &why), -EFBIG, "one more");
}

int main(void)
{
	test_good();
	test_bad();
	test_many();
	return tap_done();
}
