/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "measure/cmd/client/tunnel.h"
#include "measure/cmd/instant.h"

struct client {
	struct proxy *proxy;
	int fd;
};

/* ---- eras ---- */

static struct proxy_era *era_new(void)
{
	struct proxy_era *era = calloc(1, sizeof(*era));

	if (!era)
		return NULL;
	era->cut = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (era->cut >= 0)
		return era;
	free(era);
	return NULL;
}

static void era_free(struct proxy_era *era)
{
	close(era->cut);
	free(era);
}

static struct proxy_era *era_enter(struct proxy *p)
{
	struct proxy_era *era;

	pthread_mutex_lock(&p->lock);
	era = p->era;
	era->users++;
	pthread_mutex_unlock(&p->lock);
	return era;
}

static void era_leave(struct proxy *p, struct proxy_era *era)
{
	pthread_mutex_lock(&p->lock);
	if (--era->users == 0 && era != p->era)
		era_free(era);
	pthread_mutex_unlock(&p->lock);
}

/* Out of memory for a new era, the old one stays, and so cuts every new tunnel. */
static void era_end(struct proxy *p)
{
	struct proxy_era *next = era_new(), *last;

	pthread_mutex_lock(&p->lock);
	last = p->era;
	(void)!eventfd_write(last->cut, 1);
	if (next)
		p->era = next;
	if (next && last->users == 0)
		era_free(last);
	pthread_mutex_unlock(&p->lock);
}

int proxy_init(struct proxy *p, const struct proxy_setup *setup)
{
	*p = (struct proxy){ .setup = *setup };
	p->era = era_new();
	p->sightings = rampart_sightings_new();
	return p->era && p->sightings && pthread_mutex_init(&p->lock, NULL) == 0 ? 0 : -1;
}

/* ---- proof ---- */

static void begin_proof(struct proxy *p, struct attest_known *ret_known)
{
	ret_known->n = 0;
	pthread_mutex_lock(&p->lock);
	p->n_proving++;
	for (size_t i = 0; i < p->pins.n && ret_known->n < ATTEST_KNOWN_MAX; i++)
		if (p->pins.pin[i].activation)
			ret_known->activation[ret_known->n++] = p->pins.pin[i].activation;
	pthread_mutex_unlock(&p->lock);
}

static void end_proof(struct proxy *p)
{
	pthread_mutex_lock(&p->lock);
	if (--p->n_proving == 0)
		while (p->n_retired > 0)
			rampart_activation_free(p->retired[--p->n_retired]);
	pthread_mutex_unlock(&p->lock);
}

/*
 * Under the lock. If the old one cannot be kept aside, the new one is dropped: it can be obtained
 * again.
 */
static void keep_activation(struct proxy *p, struct pin *pin, struct attested *a)
{
	if (!a->activation || (pin->activation && p->n_retired == PROXY_RETIRED_MAX))
		return;
	if (pin->activation)
		p->retired[p->n_retired++] = pin->activation;
	pin->activation = a->activation;
	a->activation = NULL;
}

static void say_news(enum pin_news news, const char *identity)
{
	if (news == PIN_STARTED_ANEW)
		fprintf(stderr,
			"rampart connect: the machine has a new key, sha256:%s, and has proved it: it was restarted\n",
			identity);
	else if (news == PIN_ANOTHER)
		fprintf(stderr,
			"rampart connect: another machine answers, with the key sha256:%s, and has proved itself\n",
			identity);
}

static void pin(struct proxy *p, struct attested *a)
{
	const char *identity = a->report->identity;
	struct rampart_activation *dropped;
	enum pin_news news;
	struct pin *place;

	pthread_mutex_lock(&p->lock);
	news = pins_note(&p->pins, a->report->ak, identity, &place, &dropped);
	if (dropped && p->n_retired < PROXY_RETIRED_MAX)
		p->retired[p->n_retired++] = dropped;
	keep_activation(p, place, a);
	pthread_mutex_unlock(&p->lock);
	say_news(news, identity);
}

/*
 * Whether the TPM was copied or put back to an earlier state: a warning, or a refusal if the policy
 * says so.
 */
static bool is_clone(struct proxy *p, const struct attested *a, uint64_t moment,
		     char why[static PROXY_WHY_MAX])
{
	enum rampart_sighting sighting;
	const char *what = NULL;
	bool rejected = rampart_policy_rejects_clones(p->setup.policy);

	pthread_mutex_lock(&p->lock);
	(void)rampart_sightings_add(p->sightings, a->report, moment, &sighting, &what);
	pthread_mutex_unlock(&p->lock);
	if (!what)
		return false;
	if (rejected)
		snprintf(why, PROXY_WHY_MAX, "the machine is not the one it should be: %s", what);
	else
		fprintf(stderr, "rampart connect: warning: %s (AK %s, TLS key sha256:%s)\n", what,
			a->report->ak, a->report->identity);
	return rejected;
}

static void refused(const struct attested *a, char why[static PROXY_WHY_MAX])
{
	bool told = a->report->verdict == RAMPART_FAILS;

	snprintf(why, PROXY_WHY_MAX, "%s: %s%s%s",
		 told ? "the machine is not the one it should be" : "cannot tell",
		 a->report->reason,
		 a->channel.error.text[0] ? "; the TPM opened no credential: " : "",
		 a->channel.error.text);
}

static int prove(struct proxy *p, struct attested *a, char why[static PROXY_WHY_MAX])
{
	const struct proxy_setup *setup = &p->setup;
	struct attest_known known;
	int r;

	begin_proof(p, &known);
	r = attest(&setup->url, setup->policy, &known, instant_now(), setup->timeout_s, a);
	end_proof(p);
	if (r < 0)
		snprintf(why, PROXY_WHY_MAX, "cannot tell: %s", a->channel.error.text);
	return r;
}

int proxy_attest(struct proxy *p, struct attested *a, char why[static PROXY_WHY_MAX])
{
	uint64_t moment;

	pthread_mutex_lock(&p->lock);
	moment = rampart_sightings_now(p->sightings);
	pthread_mutex_unlock(&p->lock);
	if (prove(p, a, why) < 0)
		return -1;
	if (a->report->verdict != RAMPART_HOLDS || !a->report->identity || !a->report->ak) {
		refused(a, why);
		return -1;
	}
	if (is_clone(p, a, moment, why))
		return -1;
	pin(p, a);
	return 0;
}

void proxy_recheck(struct proxy *p)
{
	char why[PROXY_WHY_MAX];
	struct attested a;

	if (proxy_attest(p, &a, why) < 0) {
		fprintf(stderr, "rampart connect: all connections cut: %s\n", why);
		era_end(p);
	}
	attested_done(&a);
}

/* ---- clients ---- */

static void serve(struct proxy *p, int client)
{
	struct tunnel *tunnel = tunnel_new(client, &p->setup.gate);
	struct proxy_era *era = era_enter(p);
	struct attested a = { .channel.fd = -1 };
	char why[PROXY_WHY_MAX];

	if (tunnel && tunnel_run(tunnel, NULL, era->cut) == TUNNEL_WANTS_MACHINE) {
		bool proved = proxy_attest(p, &a, why) == 0;

		if (!proved)
			tunnel_refuse(tunnel, "502 Bad Gateway", why);
		(void)tunnel_run(tunnel, proved ? &a.channel : NULL, era->cut);
	}
	attested_done(&a);
	era_leave(p, era);
	tunnel_free(tunnel);
}

static bool take_place(struct proxy *p)
{
	bool free_place;

	pthread_mutex_lock(&p->lock);
	free_place = p->n_clients < PROXY_CLIENTS_MAX;
	p->n_clients += free_place;
	pthread_mutex_unlock(&p->lock);
	return free_place;
}

static void give_place(struct proxy *p)
{
	pthread_mutex_lock(&p->lock);
	p->n_clients--;
	pthread_mutex_unlock(&p->lock);
}

static void *client_main(void *arg)
{
	struct client client = *(struct client *)arg;
	struct proxy *p = client.proxy;

	free(arg);
	serve(p, client.fd);
	close(client.fd);
	give_place(p);
	return NULL;
}

void proxy_serve(struct proxy *p, int fd)
{
	bool has_place = take_place(p);
	struct client *client = has_place ? malloc(sizeof(*client)) : NULL;
	pthread_t thread;

	if (client) {
		*client = (struct client){ .proxy = p, .fd = fd };
		if (pthread_create(&thread, NULL, client_main, client) == 0) {
			(void)pthread_detach(thread);
			return;
		}
		free(client);
	}
	if (has_place)
		give_place(p);
	close(fd);
}
