/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proxy.h"

const char connect_help[] =
	"usage: rampart connect URL --golden FILE... [OPTION...]\n"
	"\n"
	"A proxy on 127.0.0.1 to the machine at URL, for any program that speaks HTTP to it. The "
	"machine\n"
	"proves itself before the first byte, again on each connection, with evidence for that "
	"very\n"
	"connection, and from time to time. What does not hold is refused with status 502 and the "
	"reason.\n"
	"\n" TRUST_HELP "  --port PORT     of 127.0.0.1 (8080; 0: any that is free)\n"
	"  --interval S    seconds between proofs (300); when one fails, all connections are "
	"cut\n" TIMEOUT_HELP "\n"
	"Exit code: 1 the machine is not the one it should be, 2 could not tell. Runs until it is "
	"ended.\n";

struct connect_options {
	struct trust_options trust;
	const char *url_text, *port_text, *interval_text, *timeout_text;
	struct proxy_setup setup;
	uint16_t port;
	unsigned interval;
};

/* A decimal number of at most max; false if it is not one. */
static bool number(const char *text, unsigned long max, unsigned long *ret)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 9 || text[n] != '\0' || strtoul(text, NULL, 10) > max)
		return false;
	*ret = strtoul(text, NULL, 10);
	return true;
}

static int parse_options(int argc, char **argv, struct connect_options *o)
{
	const struct option_spec options[] = {
		TRUST_OPTIONS(&o->trust),
		{ "--port", &o->port_text, NULL, NULL },
		{ "--interval", &o->interval_text, NULL, NULL },
		{ "--timeout", &o->timeout_text, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	unsigned long port = 8080, interval = 300;
	const char *why;
	int r = parse_args(argc, argv, options, &o->url_text, 1);

	if (r)
		return r;
	if (!o->url_text)
		return fail_usage("connect", "a URL is needed");
	if (url_parse(o->url_text, &o->setup.url, &why) < 0)
		return fail_usage("connect", "%s: %s", o->url_text, why);
	if (o->port_text && !number(o->port_text, 65535, &port))
		return fail_usage("connect", "--port %s: not a port", o->port_text);
	if (o->interval_text && (!number(o->interval_text, 86400, &interval) || interval == 0))
		return fail_usage("connect", "--interval %s: not 1 to 86400 seconds",
				  o->interval_text);
	o->port = (uint16_t)port;
	o->interval = (unsigned)interval;
	return timeout_parse("connect", o->timeout_text, &o->setup.timeout_s);
}

/* What is accepted has its options: tokens must not wait for each other. */
static int open_port(uint16_t port, int *ret_fd)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, 128) < 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &len) < 0) {
		int r = fail("connect", "cannot listen on 127.0.0.1 port %u: %s", port,
			     strerror(errno));

		if (fd >= 0)
			close(fd);
		return r;
	}
	printf("listening on http://127.0.0.1:%u\n", ntohs(here.sin_port));
	*ret_fd = fd;
	return fflush(stdout) ? fail("connect", "cannot write to standard output") : 0;
}

struct timer {
	struct proxy *proxy;
	unsigned interval;
};

static void *timer_main(void *arg)
{
	const struct timer *timer = arg;

	for (;;) {
		(void)sleep(timer->interval);
		proxy_recheck(timer->proxy);
	}
	return NULL;
}

/* The proof before the first byte; what it says goes to standard output. */
static int first_proof(struct proxy *proxy)
{
	char why[PROXY_WHY_MAX];
	struct attested a;
	int r = 0;

	if (proxy_attest(proxy, &a, why) < 0) {
		bool told = a.report && a.report->verdict == RAMPART_FAILS;

		(void)fail("connect", "%s", why);
		r = told ? EXIT_DIFFERS : EXIT_UNSURE;
	} else {
		printf("verified: %s %s, TLS key sha256:%s\n", a.report->golden->image,
		       a.report->golden->version, a.report->identity);
	}
	attested_done(&a);
	return r;
}

static int run(struct proxy *proxy, const struct connect_options *o)
{
	struct timer timer = { .proxy = proxy, .interval = o->interval };
	pthread_t thread;
	int listener = -1, r = first_proof(proxy);

	if (r == 0)
		r = open_port(o->port, &listener);
	if (r)
		return r;
	if (pthread_create(&thread, NULL, timer_main, &timer) != 0)
		return fail("connect", "cannot start a thread");
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client >= 0)
			proxy_serve(proxy, client);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			(void)sleep(1); /* clients end, and their descriptors come back */
		else if (errno != EINTR && errno != ECONNABORTED)
			return fail("connect", "cannot accept: %s", strerror(errno));
	}
}

int cmd_connect(int argc, char **argv)
{
	static struct proxy proxy;
	struct connect_options o = { 0 };
	struct rampart_policy *policy = NULL;
	int r = parse_options(argc, argv, &o);

	channel_init();
	if (r == 0)
		r = trust_load("connect", &o.trust, &policy);
	o.setup.policy = policy;
	if (r == 0 && proxy_init(&proxy, &o.setup) < 0)
		r = fail("connect", "out of memory");
	if (r == 0)
		r = run(&proxy, &o);
	rampart_policy_free(policy);
	return r;
}
