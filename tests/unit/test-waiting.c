/* SPDX-License-Identifier: MIT */
/* `rampart verify` and `rampart connect` with a machine that has not started yet. */
#include "measure/cmd/client/waiting.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/standin.h"
#include "tests/lib/tap.h"

static const struct standin_key a0 = { 0, 0, STANDIN_SOUND };
static char url[64];

static void machine(enum standin_fault fault, struct standin *ret)
{
	*ret = standin_start(fault, &a0, 1);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u", ret->port);
}

static int verify(const char *option, const char *value)
{
	const char *const args[] = { "verify", url, option, value, NULL };

	return client_wait(client_start(cmd_verify, args));
}

static void test_verify(void)
{
	char want[256];
	struct standin s;

	machine(STANDIN_STUCK, &s);
	is_int(verify(NULL, NULL), 2, "a machine that starts cannot be told");
	snprintf(want, sizeof(want),
		 "rampart verify: %s: not ready yet: stage container, 0 %% loaded; ask again with "
		 "--wait SECONDS\n",
		 url);
	is_str(standin_words("err"), want, "and what to do is said");
	is_int(verify("--wait", "2"), 2, "one that never is ready, with a time to wait");
	ok(strstr(standin_words("err"), ": not ready within 2 s: stage "), "which was not enough");
	ok(!strstr(standin_words("err"), "waits until"), "and in a pipe nothing else is said");
	standin_stop(&s);
	is_int(verify("--wait", "1"), 2, "one that does not answer");
	ok(strstr(standin_words("err"), ": not ready within 1 s: ") &&
		   strstr(standin_words("err"), "cannot connect"),
	   "is waited for as well, and its fault is said");
	is_int(verify(NULL, NULL), 2, "without a time it is not");
	ok(!strstr(standin_words("err"), "not ready"), "and its fault is all there is");
	machine(STANDIN_STARTS, &s);
	is_int(verify("--wait", "60"), 0, "one that becomes ready proves itself");
	ok(strstr(standin_words("out"), "TLS key    sha256:"), "as ever");
	is_int(verify("--wait", "60"), 0, "one that is ready is not waited for");
	standin_stop(&s);
}

static void test_connect(void)
{
	const char *const args[] = { "connect", url, "--port", "0", NULL };
	struct standin s;
	pid_t pid;

	machine(STANDIN_STARTS, &s);
	pid = client_start(cmd_connect, args);
	ok(client_port() != 0, "connect waits for a machine that starts, and then listens");
	is_str(standin_words("err"),
	       "rampart connect: waits: the machine has not started yet: stage container, 0 % loaded\n"
	       "rampart connect: waits: the machine has not started yet: stage model, 37 % loaded\n"
	       "rampart connect: waits: the machine has not started yet: stage start, 100 % loaded\n",
	       "and says for what, a line for each stage");
	kill(pid, SIGTERM);
	(void)client_wait(pid);
	standin_stop(&s);
	is_int(client_wait(client_start(cmd_connect, args)), 2,
	       "it does not wait for one that does not answer");
}

static void test_options(void)
{
	static const char *const bad[] = { "0", "-1", "1s", "", "86401", "9999999999" };
	const char *const kept[] = { "verify", "--evidence", "/dev/null", "--wait", "5", NULL };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(verify("--wait", bad[i]), 2, "a time that is none");
		ok(strstr(standin_words("err"), "not 1 to 86400 seconds"), bad[i]);
	}
	is_int(client_wait(client_start(cmd_verify, kept)), 2, "kept evidence is not waited for");
	ok(strstr(standin_words("err"), "--wait is for a machine"), "and that is said");
}

int main(void)
{
	standin_begin();
	test_options();
	test_verify();
	test_connect();
	standin_end();
	return tap_done();
}
