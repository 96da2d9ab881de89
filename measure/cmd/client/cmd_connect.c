/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/client/listener.h"
#include "measure/cmd/client/proxy.h"
#include "measure/cmd/client/waiting.h"

const char connect_help[] =
	"usage: rampart connect URL --golden FILE... [OPTION...]\n"
	"\n"
	"A proxy on 127.0.0.1 to the machine at URL, for any program that speaks HTTP to it. The machine\n"
	"proves itself before the first byte, again on each connection, with evidence for that very\n"
	"connection, and from time to time. What does not hold is refused with status 502 and the reason.\n"
	"A request for another host, or of a web page of another origin, is refused with 403.\n"
	"A machine that says that it still starts is waited for.\n"
	"\n" TRUST_HELP "  --port PORT     of 127.0.0.1 (8080; 0: any that is free)\n"
	"  --listen unix:PATH  on this socket instead, mode 0600; web pages do not reach it\n"
	"  --allow-origin ORIGIN  web pages of this origin may ask too (https://app.example); again for more\n"
	"  --interval S    seconds between proofs (300); when one fails, all connections are cut\n" TIMEOUT_HELP
	"\n"
	"Exit code: 1 the machine is not the one it should be, 2 could not tell. Runs until it is ended.\n";

struct connect_options {
	struct trust_options trust;
	const char *url_text, *port_text, *listen_text, *interval_text, *timeout_text;
	struct proxy_setup setup;
	const char *unix_path; /* NULL: a port */
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

static int check_listen(struct connect_options *o)
{
	static const char scheme[] = "unix:";

	if (!o->listen_text)
		return 0;
	if (o->port_text)
		return fail_usage("connect", "--port or --listen, and not both");
	if (strncmp(o->listen_text, scheme, sizeof(scheme) - 1) != 0)
		return fail_usage(
			"connect",
			"--listen %s: not unix:PATH; for a port of 127.0.0.1 there is --port",
			o->listen_text);
	if (o->setup.gate.origin.n > 0)
		return fail_usage(
			"connect",
			"--allow-origin has no effect with a Unix socket, which no web page reaches");
	o->unix_path = o->listen_text + sizeof(scheme) - 1;
	o->setup.gate.is_open = true;
	return 0;
}

static int check_numbers(struct connect_options *o)
{
	unsigned long port = 8080, interval = 300;

	if (o->port_text && !number(o->port_text, 65535, &port))
		return fail_usage("connect", "--port %s: not a port", o->port_text);
	if (o->interval_text && (!number(o->interval_text, 86400, &interval) || interval == 0))
		return fail_usage("connect", "--interval %s: not 1 to 86400 seconds",
				  o->interval_text);
	o->port = (uint16_t)port;
	o->interval = (unsigned)interval;
	return timeout_parse("connect", o->timeout_text, &o->setup.timeout_s);
}

static int parse_options(int argc, char **argv, struct connect_options *o)
{
	const struct option_spec options[] = {
		TRUST_OPTIONS(&o->trust),
		{ "--port", &o->port_text, NULL, NULL },
		{ "--listen", &o->listen_text, NULL, NULL },
		{ "--allow-origin", NULL, NULL, &o->setup.gate.origin },
		{ "--interval", &o->interval_text, NULL, NULL },
		{ "--timeout", &o->timeout_text, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	const struct option_list *origin = &o->setup.gate.origin;
	struct rampart_error error;
	int r = parse_args(argc, argv, options, &o->url_text, 1);

	if (r)
		return r;
	if (!o->url_text)
		return fail_usage("connect", "a URL is needed");
	if (url_parse(o->url_text, &o->setup.url, &error) < 0)
		return fail_usage("connect", "%s: %s", o->url_text, error.text);
	r = check_numbers(o);
	if (r == 0)
		r = check_listen(o);
	for (size_t i = 0; i < origin->n && r == 0; i++) {
		const char *why = gate_refuses_origin(origin->v[i]);

		if (why)
			r = fail_usage("connect", "--allow-origin %s: %s", origin->v[i], why);
	}
	return r;
}

/* Prints the address, since other programs wait for it. */
static int open_listener(const struct connect_options *o, struct listener *ret)
{
	int r = o->unix_path ? listen_unix(o->unix_path, ret) : listen_port(o->port, ret);

	if (r)
		return r;
	if (o->unix_path)
		printf("listening on unix:%s\n", o->unix_path);
	else
		printf("listening on http://127.0.0.1:%u\n", ret->port);
	if (fflush(stdout) == 0)
		return 0;
	listener_done(ret);
	return fail("connect", "cannot write to standard output");
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

/* The proof before the first byte; its result goes to standard output. */
static int first_proof(struct proxy *proxy, const char *url)
{
	struct waiting waiting = { .command = "connect", .url = url, .endless = true };
	char why[PROXY_WHY_MAX];
	struct attested a;
	int r;

	while ((r = proxy_attest(proxy, &a, why)) < 0 && waiting_again(&waiting, &a))
		attested_done(&a);
	if (r < 0) {
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
	struct listener listener;
	pthread_t thread;
	int signals, client, r = first_proof(proxy, o->url_text);

	/* Before this point signals end the program at once, and there is nothing to clean up. */
	if (r == 0)
		r = listener_signals(&signals);
	if (r == 0)
		r = open_listener(o, &listener);
	if (r)
		return r;
	proxy->setup.gate.port = listener.port;
	if (pthread_create(&thread, NULL, timer_main, &timer) != 0) {
		listener_done(&listener);
		return fail("connect", "cannot start a thread");
	}
	while ((client = listener_accept(&listener, signals)) >= 0)
		proxy_serve(proxy, client);
	listener_done(&listener);
	return EXIT_UNSURE;
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
