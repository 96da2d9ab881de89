/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure/cmd/client/clients.h"
#include "measure/cmd/client/keeper.h"
#include "measure/cmd/client/listener.h"
#include "measure/cmd/client/prooflog.h"
#include "measure/cmd/client/renewal.h"
#include "measure/cmd/client/search.h"
#include "measure/cmd/client/supervisor.h"

const char connect_help[] =
	"usage: rampart connect URL... --golden FILE... [OPTION...]\n"
	"       rampart connect URL... --feed PLACE --root FILE [OPTION...]\n"
	"\n"
	"A proxy on 127.0.0.1 to the machine at URL, for any program that speaks HTTP to it. The machine\n"
	"proves itself before the first byte, again on each connection, with evidence for that very\n"
	"connection, and from time to time. What does not hold is refused with status 502 and the reason.\n"
	"A request for another host, or of a web page of another origin, is refused with 403. With several\n"
	"machines (URLs, or addresses of a name) a connection goes to the least used; one that fails is set\n"
	"aside, and tried again later. A machine that says that it still starts is waited for. SIGTERM lets\n"
	"requests that run end.\n"
	"\n" TRUST_HELP "  --port PORT     of 127.0.0.1 (8080; 0: any that is free)\n"
	"  --listen unix:PATH  on this socket instead, mode 0600; web pages do not reach it\n"
	"  --allow-origin ORIGIN  web pages of this origin may ask too (https://app.example); again for more\n"
	"  --interval S    seconds between proofs (300); when one fails, its connections are cut\n"
	"  --refresh S     seconds between two looks at the feed, at most (3600)\n" TIMEOUT_HELP
	"  --log FILE      append each proof to this file, a line of JSON each\n"
	"  --record[=FILE] append each proof to the history: rampart-history(1)\n"
	"  --drain S       seconds that requests have to end after SIGTERM (30)\n"
	"  --json          say in one line of JSON where it listens, and to what\n"
	"\n"
	"Exit code: 0 after SIGTERM, 1 the machine is not the one it should be, 2 could not tell. Runs until\n"
	"it is ended.\n";

#define DRAIN_S 30

struct connect_options {
	struct trust_options trust;
	const char *url_text[PLACES_URLS_MAX];
	const char *port_text, *listen_text, *interval_text, *timeout_text, *drain_text,
		*refresh_text;
	struct proxy_setup setup;
	const char *unix_path; /* NULL: a port */
	uint16_t port;
	int passed; /* the socket of a supervisor; -1: none */
	unsigned drain_s, refresh_s;
	bool json;
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

	if (o->passed >= 0 && (o->listen_text || o->port_text))
		return fail_usage(
			"connect",
			"a socket was handed over (LISTEN_FDS), so --port and --listen have no effect");
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
	return 0;
}

static int check_numbers(struct connect_options *o)
{
	unsigned long port = 8080, interval = 300, drain = DRAIN_S, refresh = RENEWAL_S;

	if (o->port_text && !number(o->port_text, 65535, &port))
		return fail_usage("connect", "--port %s: not a port", o->port_text);
	if (o->interval_text && (!number(o->interval_text, 86400, &interval) || interval == 0))
		return fail_usage("connect", "--interval %s: not 1 to 86400 seconds",
				  o->interval_text);
	o->port = (uint16_t)port;
	if (o->drain_text && !number(o->drain_text, 3600, &drain))
		return fail_usage("connect", "--drain %s: not 0 to 3600 seconds", o->drain_text);
	if (o->refresh_text && !o->trust.feed)
		return fail_usage("connect", "--refresh has no effect without --feed");
	if (o->refresh_text && (!number(o->refresh_text, 86400, &refresh) || refresh == 0))
		return fail_usage("connect", "--refresh %s: not 1 to 86400 seconds",
				  o->refresh_text);
	o->setup.interval_s = (unsigned)interval;
	o->refresh_s = (unsigned)refresh;
	o->drain_s = (unsigned)drain;
	return timeout_parse("connect", o->timeout_text, &o->setup.timeout_s);
}

static int check_urls(struct connect_options *o)
{
	struct rampart_error error;
	size_t *n = &o->setup.n_urls;

	if (!o->url_text[0])
		return fail_usage("connect", "a URL is needed");
	for (*n = 0; *n < PLACES_URLS_MAX && o->url_text[*n]; ++*n)
		if (url_parse(o->url_text[*n], &o->setup.url[*n], &error) < 0)
			return fail_usage("connect", "%s: %s", o->url_text[*n], error.text);
	return 0;
}

static int check_log(const char *path)
{
	int r = path ? prooflog_check(path) : 0;

	return r < 0 ? fail("connect", "--log %s: %s", path, strerror(-r)) : 0;
}

static int parse_options(int argc, char **argv, struct connect_options *o)
{
	const struct option_spec options[] = {
		TRUST_OPTIONS(&o->trust),
		{ "--port", &o->port_text, NULL, NULL },
		{ "--listen", &o->listen_text, NULL, NULL },
		{ "--allow-origin", NULL, NULL, &o->setup.gate.origin },
		{ "--interval", &o->interval_text, NULL, NULL },
		{ "--refresh", &o->refresh_text, NULL, NULL },
		{ "--timeout", &o->timeout_text, NULL, NULL },
		{ "--log", &o->setup.log, NULL, NULL },
		{ "--record", &o->setup.history, &o->setup.record, NULL },
		{ "--drain", &o->drain_text, NULL, NULL },
		{ "--json", NULL, &o->json, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	const struct option_list *origin = &o->setup.gate.origin;
	int r = parse_args(argc, argv, options, o->url_text, PLACES_URLS_MAX);

	if (r == 0)
		r = check_urls(o);
	if (r == 0)
		r = check_numbers(o);
	if (r == 0)
		r = check_listen(o);
	for (size_t i = 0; i < origin->n && r == 0; i++) {
		const char *why = gate_refuses_origin(origin->v[i]);

		if (why)
			r = fail_usage("connect", "--allow-origin %s: %s", origin->v[i], why);
	}
	return r == 0 ? check_log(o->setup.log) : r;
}

/* ---- the first proof ---- */

/* What it showed. */
struct shown {
	char image[64], version[64], identity[65];
};

/* Its result goes to standard output. */
static int first_proof(struct proxy *proxy, bool json, struct shown *ret)
{
	struct live live = { .cut = -1, .place = -1 };
	char why[PROXY_WHY_MAX], said[PROXY_WHY_MAX] = "";
	struct attested a;
	enum search_end end;

	while ((end = search(proxy, -1, &live, &a, why)) == SEARCH_STARTING) {
		size_t stage_len = strcspn(why, ",");

		if (strncmp(said, why, stage_len + 1) != 0)
			fprintf(stderr, "rampart connect: waits: %s\n", why);
		memcpy(said, why, sizeof(said));
		search_done(proxy, &live, &a);
		(void)sleep(1);
	}
	if (end == SEARCH_FOUND) {
		snprintf(ret->image, sizeof(ret->image), "%s", a.report->golden->image);
		snprintf(ret->version, sizeof(ret->version), "%s", a.report->golden->version);
		snprintf(ret->identity, sizeof(ret->identity), "%s", a.report->identity);
		if (!json)
			printf("verified: %s %s, TLS key sha256:%s\n", ret->image, ret->version,
			       ret->identity);
	}
	search_done(proxy, &live, &a);
	if (end == SEARCH_FOUND)
		return 0;
	(void)fail("connect", "%s", why);
	return end == SEARCH_REFUSED ? EXIT_DIFFERS : EXIT_UNSURE;
}

/* ---- listening ---- */

static void print_address(const struct listener *l, char *buf, size_t size)
{
	struct sockaddr_un here = { 0 };
	socklen_t len = sizeof(here);

	if (l->port)
		snprintf(buf, size, "http://%s:%u", l->is_v6 ? "[::1]" : "127.0.0.1", l->port);
	else if (getsockname(l->fd, (struct sockaddr *)&here, &len) == 0)
		snprintf(buf, size, "unix:%.*s", (int)sizeof(here.sun_path), here.sun_path);
}

/* Prints the address, since other programs wait for it. */
static bool say_ready(const struct connect_options *o, const struct listener *l,
		      const struct shown *shown)
{
	char address[160] = "";
	bool written;
	json_t *json;

	print_address(l, address, sizeof(address));
	if (!o->json)
		return printf("listening on %s\n", address) > 0 && fflush(stdout) == 0;
	json = json_pack("{s:s, s:s, s:s, s:s}", "listening", address, "identity", shown->identity,
			 "image", shown->image, "version", shown->version);
	written = json && json_dumpf(json, stdout, JSON_COMPACT | JSON_SORT_KEYS) == 0 &&
		  putchar('\n') != EOF;
	json_decref(json);
	return written && fflush(stdout) == 0;
}

static int open_listener(const struct connect_options *o, struct listener *ret)
{
	if (o->passed >= 0)
		return listen_passed(o->passed, ret);
	return o->unix_path ? listen_unix(o->unix_path, ret) : listen_port(o->port, ret);
}

/* No new clients; those that wait for an answer get it, if it does not take too long. */
static int drain(struct proxy *proxy, const struct connect_options *o, int signals)
{
	unsigned n;

	supervisor_tell("STOPPING=1\n");
	n = clients_drain(proxy);
	if (n > 0 && !listener_drain(signals, proxy->all_gone, (int)o->drain_s * 1000))
		fprintf(stderr, "rampart connect: ended with requests that ran longer than %u s\n",
			o->drain_s);
	return 0;
}

static int serve(struct proxy *proxy, const struct connect_options *o, struct listener *listener,
		 int signals)
{
	int client;

	while ((client = listener_accept(listener, signals)) >= 0)
		clients_serve(proxy, client);
	listener_done(listener);
	return client == LISTENER_TERMINATED ? drain(proxy, o, signals) : EXIT_UNSURE;
}

static int run(struct proxy *proxy, const struct connect_options *o, const struct renewal *renewal)
{
	struct listener listener;
	struct shown shown;
	int signals, r = first_proof(proxy, o->json, &shown);

	/* Before this point signals end the program at once, and there is nothing to clean up. */
	if (r == 0)
		r = listener_signals(&signals);
	if (r == 0)
		r = open_listener(o, &listener);
	if (r)
		return r;
	proxy->setup.gate.port = listener.port;
	proxy->setup.gate.is_open = listener.port == 0;
	if (!say_ready(o, &listener, &shown))
		r = fail("connect", "cannot write to standard output");
	else if (keeper_start(proxy) < 0 || (renewal->feed && renewal_start(renewal) < 0))
		r = fail("connect", "cannot start a thread");
	if (r) {
		listener_done(&listener);
		return r;
	}
	supervisor_tell("READY=1\n");
	return serve(proxy, o, &listener, signals);
}

int cmd_connect(int argc, char **argv)
{
	static struct proxy proxy;
	static struct connect_options o; /* static, as threads look at it until the very end */
	struct rampart_policy *policy;
	struct renewal renewal = { .proxy = &proxy, .trust = &o.trust };
	int r = supervisor_socket(&o.passed);

	if (r == 0)
		r = parse_options(argc, argv, &o);
	channel_init();
	if (r == 0)
		r = trust_feed("connect", &o.trust, &renewal.feed);
	if (r == 0)
		r = trust_load("connect", &o.trust, renewal.feed, &policy);
	if (r == 0 && proxy_init(&proxy, &o.setup, policy) < 0)
		r = fail("connect", "out of memory");
	renewal.refresh_s = o.refresh_s;
	if (r == 0)
		r = run(&proxy, &o, &renewal);
	/* Threads still run: what they read, and what the libraries clean up, must not go before them. */
	if (proxy.serving)
		_exit(r);
	rampart_feed_free(renewal.feed);
	if (proxy.policy)
		proxy_policy_give(&proxy, proxy.policy);
	return r;
}
