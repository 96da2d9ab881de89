/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planwords.h"

#include <inttypes.h>
#include <string.h>

static void put_requests(FILE *out, const char *title, const struct plan_allow *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %-11s %s %s%s\n", i ? "" : title, all[i].method, all[i].path,
			all[i].below ? "* (all below)" : "");
}

static void put_allowed(const struct plan *p, FILE *out)
{
	put_requests(out, "allowed", p->allow, p->n_allow);
	fputs(p->n_allow ? "              and no others; GET allows HEAD\n"
			 : "  allowed     every other one of HTTP/1\n",
	      out);
	put_requests(out, "upgrades", p->upgrade, p->n_upgrade);
	if (p->n_upgrade == 0)
		fputs("  upgrades    none: no connection becomes one of another protocol\n", out);
	fputs("  content     ", out);
	if (p->has_body) {
		planwords_size(out, p->body);
		fputs(" at most\n", out);
	} else {
		fputs("of any size\n", out);
	}
}

/* One name for all keys of one client. */
static void put_keys(const struct plan *p, FILE *out)
{
	const char *last = NULL;

	if (p->n_token == 0) {
		fputs("  keys        none: whoever reaches the port may ask\n", out);
		return;
	}
	fputs("  keys        a bearer token of one of these, which the container does not see:\n"
	      "             ",
	      out);
	for (size_t i = 0; i < p->n_token; i++) {
		if (!last || strcmp(last, p->token[i].name))
			fprintf(out, "%s %s", last ? "," : "", p->token[i].name);
		last = p->token[i].name;
	}
	fputs("\n              Their hashes are in the plan: whoever reads it can try tokens, and\n"
	      "              finds those that are not random\n",
	      out);
}

static void put_rates(const struct plan *p, FILE *out)
{
	const char *unit = p->rate.seconds == 1	   ? "second"
			   : p->rate.seconds == 60 ? "minute"
						   : "hour";

	if (p->rate.n)
		fprintf(out, "  rate        %" PRIu32 " a %s on a connection%s\n", p->rate.n, unit,
			p->n_token ? ", and with the keys of one name" : "; a new one begins anew");
	else
		fputs("  rate        as fast as they come\n", out);
	if (p->concurrency)
		fprintf(out,
			"  at once     %" PRIu64 " in the container, %" PRIu64
			" more wait; one address has at most three\n"
			"              quarters of either\n",
			p->concurrency, p->queue);
}

static void put_watched(const struct plan *p, FILE *out)
{
	fputs(p->metrics
		      ? "  metrics     whoever reaches the port sees sums at /.well-known/rampart/metrics,\n"
			"              once a minute, rounded; of no request alone\n"
		      : "  metrics     none\n",
	      out);
	fputs(p->status
		      ? "  status      the port opens before container and models are loaded: whoever\n"
			"              reaches it sees the TLS key, and how much is loaded, at\n"
			"              /.well-known/rampart/status; all else gets 503 until it is ready\n"
		      : "  status      none: the port opens when the container accepts connections\n",
	      out);
	if (p->padding)
		fprintf(out,
			"  records     of TLS are as long as a multiple of %" PRIu64
			" bytes; when they are\n"
			"              sent, and how many, can still be seen\n",
			p->padding);
	else
		fputs("  records     of TLS show how long what is in them is\n", out);
	if (p->pace)
		fprintf(out,
			"  events      that are streamed leave one record each %" PRIu64
			" ms, an empty one too: a\n"
			"              watcher sees when an answer begins and ends, and no token\n",
			p->pace);
	else
		fputs("  events      that are streamed leave as they come\n", out);
}

void planwords_gateway(const struct plan *p, FILE *out)
{
	fputs("Requests\n"
	      "  /.well-known/rampart is the gateway's own, on every request of every connection\n",
	      out);
	put_allowed(p, out);
	put_keys(p, out);
	put_rates(p, out);
	put_watched(p, out);
	if (p->raw)
		fputs("  RAW: what does not begin like HTTP/1 is relayed unexamined. A client\n"
		      "  of another protocol hears from the container alone\n",
		      out);
	fputc('\n', out);
}
