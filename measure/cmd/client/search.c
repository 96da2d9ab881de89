/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/search.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "measure/cmd/client/proof.h"
#include "measure/cmd/client/prooflog.h"
#include "measure/cmd/client/waiting.h"
#include "measure/cmd/history.h"
#include "measure/cmd/instant.h"
#include "measure/lib/hash.h"

#define NAME_FRESH_MS 10000 /* how long what a name leads to is believed */
#define NAME_WAIT_MS  2000  /* for name servers, while other places are known */
#define NAMES_WAIT_MS 10000 /* for those of one name of several, while none is */

/* ---- names ---- */

static void print_address(const struct tcp_address *address, char *buf, size_t size)
{
	if (getnameinfo((const struct sockaddr *)&address->sockaddr, address->len, buf,
			(socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(buf, size, "?");
}

static int print_end(char *buf, size_t size, const char *host, const char *port)
{
	bool v6 = strchr(host, ':');

	return snprintf(buf, size, "%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

void search_name(const struct proxy *p, unsigned place, char buf[static PLACE_NAME_MAX])
{
	const struct url *url = &p->setup.url[p->places.v[place].url];
	int n = print_end(buf, PLACE_NAME_MAX, url->host, url->port);
	char address[64];

	if (url->is_address)
		return;
	print_address(&p->places.v[place].address, address, sizeof(address));
	snprintf(buf + n, PLACE_NAME_MAX - (size_t)n, " (%s)", address);
}

/* Under the lock: whether this thread has to look the name up, and until when it may take. */
static bool begin_look_up(struct proxy *p, size_t i, int64_t deadline, int64_t *ret_until)
{
	int64_t now = instant_ms();
	int64_t wait = places_count(&p->places) > 0 ? NAME_WAIT_MS
		       : p->setup.n_urls > 1	    ? NAMES_WAIT_MS
						    : deadline - now;

	if (p->name[i].looking || now < p->name[i].next)
		return false;
	p->name[i].looking = true;
	*ret_until = deadline - now < wait ? deadline : now + wait;
	return true;
}

/* Looks up the names whose addresses are not fresh. */
static void look_up(struct proxy *p, int64_t deadline)
{
	for (size_t i = 0; i < p->setup.n_urls; i++) {
		const struct url *url = &p->setup.url[i];
		struct tcp_addresses found;
		struct rampart_error error = { "" };
		int64_t until = 0;
		bool mine;
		int r;

		pthread_mutex_lock(&p->lock);
		mine = begin_look_up(p, i, deadline, &until);
		pthread_mutex_unlock(&p->lock);
		if (!mine)
			continue;
		r = tcp_resolve(url, until, &found, &error);
		pthread_mutex_lock(&p->lock);
		p->name[i].looking = false;
		p->name[i].next = url->is_address ? INT64_MAX : instant_ms() + NAME_FRESH_MS;
		if (r < 0 && p->setup.n_urls > 1 && strcmp(error.text, p->name[i].error.text) != 0)
			fprintf(stderr, "rampart connect: %s set aside: %s\n", url->host,
				error.text);
		p->name[i].error = error;
		if (r == 0)
			places_update(&p->places, (unsigned)i, &found, instant_ms());
		pthread_mutex_unlock(&p->lock);
	}
}

/* ---- failures ---- */

/* Under the lock. say: false if the same was told of this machine, wherever it was. */
static void set_aside(struct proxy *p, unsigned place, const char *why, bool say)
{
	int64_t now = instant_ms(), wait_ms;
	char name[PLACE_NAME_MAX];

	/* At the start, the one place's reason is what the program ends with. */
	say = say && (p->serving || places_count(&p->places) > 1) &&
	      places_tell(&p->places, place, why, now);
	wait_ms = places_failed(&p->places, place, now);
	if (say) {
		search_name(p, place, name);
		fprintf(stderr, "rampart connect: %s set aside: %s; tried again in %d s\n", name,
			why, (int)(wait_ms / 1000));
	}
	(void)!eventfd_write(p->wake, 1);
}

/* One that this computer cannot reach at all, such as an IPv6 address, is no news. */
static bool is_ours(int error)
{
	return error == -ENETUNREACH || error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT ||
	       error == -EACCES || error == -EPERM;
}

static void print_no_connection(const struct proxy *p, unsigned place, int error,
				char why[static PROXY_WHY_MAX])
{
	const struct url *url = &p->setup.url[p->places.v[place].url];

	snprintf(why, PROXY_WHY_MAX, "cannot tell: %s port %s: cannot connect: %s", url->host,
		 url->port, error == -ETIMEDOUT ? "no answer" : strerror(-error));
}

/* ---- connections ---- */

struct attempt {
	struct places_search search;
	int64_t until[PLACES_MAX]; /* each place's own; 0: not tried yet */
	struct live *live;
	struct attested *a;
	unsigned place; /* that is connected */
	bool not_ready; /* the machine there said that it has not started yet */
	bool starting;	/* one said so */
};

static void spend(struct attempt *t, unsigned place, unsigned tries)
{
	t->search.spent[place] = (uint8_t)(t->search.spent[place] + tries);
	if (instant_ms() >= t->until[place] && t->until[place] != 0)
		t->search.spent[place] = PLACES_TRIES;
}

/* Under the lock: what the race showed of each. */
static void judge_race(struct proxy *p, struct attempt *t, const unsigned *order, size_t n,
		       const struct tcp_outcome *outcome, bool connected,
		       char why[static PROXY_WHY_MAX])
{
	for (size_t i = 0; i < n; i++) {
		struct place *place = &p->places.v[order[i]];
		int error = outcome->error[i];

		/* Silent with a head start is slow; begun after the winner says nothing. */
		if (connected && (error == -ETIMEDOUT || error == 0)) {
			if (i <= outcome->winner)
				place->slow = error != 0;
			continue;
		}
		t->search.spent[order[i]] = PLACES_TRIES;
		if (error == 0)
			continue; /* its turn did not come in time */
		print_no_connection(p, order[i], error, why);
		set_aside(p, order[i], why, !(connected && is_ours(error)));
		if (!p->setup.url[place->url].is_address)
			p->name[place->url].next = 0; /* it may have moved */
	}
}

/*
 * Takes the best place, whose addresses race with those that are worth as much. 1: t->place is
 * connected by *ret_fd, 0: none of these, -1: no place is left.
 */
static int connect_any(struct proxy *p, struct attempt *t, int *ret_fd, int64_t *ret_deadline,
		       char why[static PROXY_WHY_MAX])
{
	int64_t now = instant_ms(), deadline = now + (int64_t)p->setup.timeout_s * 1000;
	struct tcp_addresses addresses;
	struct tcp_outcome outcome;
	unsigned order[PLACES_MAX];
	int r;

	pthread_mutex_lock(&p->lock);
	addresses.n = places_choose(&p->places, &t->search, order);
	for (size_t i = 0; i < addresses.n; i++) {
		addresses.v[i] = p->places.v[order[i]].address;
		if (t->until[order[i]] == 0)
			t->until[order[i]] = deadline;
		else if (t->until[order[i]] < deadline)
			deadline = t->until[order[i]];
	}
	if (addresses.n > 0) /* so that others, who choose at the same time, take another */
		places_enter(&p->places, order[0]);
	pthread_mutex_unlock(&p->lock);
	if (addresses.n == 0)
		return -1;
	r = tcp_race(&addresses, deadline, ret_fd, &outcome);
	pthread_mutex_lock(&p->lock);
	places_leave(&p->places, order[0]);
	judge_race(p, t, order, addresses.n, &outcome, r == 0, why);
	if (r == 0) {
		t->place = order[outcome.winner];
		places_enter(&p->places, t->place);
		live_enter(t->live, (int)t->place);
		*ret_deadline = t->until[t->place];
	}
	pthread_mutex_unlock(&p->lock);
	return r == 0;
}

static void leave(struct proxy *p, struct live *live)
{
	pthread_mutex_lock(&p->lock);
	if (live->place >= 0)
		places_leave(&p->places, (unsigned)live->place);
	live->place = -1;
	live->identity[0] = live->golden[0] = '\0';
	pthread_mutex_unlock(&p->lock);
}

/* ---- proofs ---- */

static void write_log(struct proxy *p, const struct attempt *t, enum proof_end end, const char *why)
{
	static const enum rampart_outcome outcomes[] = { RAMPART_HOLDS, RAMPART_FAILS,
							 RAMPART_UNSURE };
	struct prooflog_line line = { .time = instant_now(),
				      .verdict = rampart_outcome_name(outcomes[end]),
				      .reason = end == PROOF_HOLDS ? NULL : why,
				      .report = t->a->report };
	char machine[PLACE_NAME_MAX], address[80], host[64];
	const struct url *url;
	int r;

	if (!p->setup.log && !p->setup.record)
		return;
	pthread_mutex_lock(&p->lock);
	url = &p->setup.url[p->places.v[t->place].url];
	print_address(&p->places.v[t->place].address, host, sizeof(host));
	line.identity = t->live->identity[0] ? t->live->identity : NULL;
	pthread_mutex_unlock(&p->lock);
	(void)print_end(machine, sizeof(machine), url->host, url->port);
	(void)print_end(address, sizeof(address), host, url->port);
	line.machine = machine;
	line.address = address;
	if (p->setup.record && history_add("connect", p->setup.history, &line))
		fprintf(stderr, "rampart connect: warning: --record: a proof is not in it\n");
	r = p->setup.log ? prooflog_add(p->setup.log, &line) : 0;
	if (r < 0)
		fprintf(stderr, "rampart connect: warning: --log %s: a proof is not in it: %s\n",
			p->setup.log, strerror(-r));
}

/* The channel's key; true if its machine is refused without being asked. */
static bool is_refused(struct proxy *p, struct attempt *t, char why[static PROXY_WHY_MAX])
{
	char hex[HASH_HEX_MAX];
	struct digest digest;
	const char *known;

	hash_bytes(HASH_SHA256, t->a->channel.spki, t->a->channel.spki_len, &digest);
	digest_hex(&digest, hex);
	pthread_mutex_lock(&p->lock);
	memcpy(t->live->identity, hex, sizeof(t->live->identity));
	known = refused_why(&p->refused, hex, instant_ms());
	if (known)
		snprintf(why, PROXY_WHY_MAX, "%s", known);
	pthread_mutex_unlock(&p->lock);
	return known != NULL;
}

static void held(struct proxy *p, const struct attempt *t)
{
	int64_t next = instant_ms() + (int64_t)p->setup.interval_s * 1000;
	char name[PLACE_NAME_MAX];

	pthread_mutex_lock(&p->lock);
	refused_forget(&p->refused, t->live->identity);
	snprintf(t->live->golden, sizeof(t->live->golden), "%s", t->a->report->golden->sha256);
	if (places_held(&p->places, t->place, next)) {
		search_name(p, t->place, name);
		fprintf(stderr, "rampart connect: %s serves again: its machine has proved itself\n",
			name);
	}
	pthread_mutex_unlock(&p->lock);
}

/*
 * asked: now, and not refused by what is known of its key. Connections to a machine are cut when it
 * is that very machine whose proof fails; others may have answered at this place.
 */
static void failed(struct proxy *p, struct attempt *t, enum proof_end end, bool asked,
		   const char *why)
{
	char identity[sizeof(t->live->identity)];
	bool is_news = true;
	unsigned n = 0;

	pthread_mutex_lock(&p->lock);
	memcpy(identity, t->live->identity, sizeof(identity));
	t->live->identity[0] = '\0'; /* this one searches on */
	if (end == PROOF_FAILS)
		is_news = asked && refused_note(&p->refused, identity, why, instant_ms());
	if (end == PROOF_FAILS && asked)
		n = live_cut(p->live, -1, identity);
	if (n > 0)
		fprintf(stderr, "rampart connect: %u connections to the key sha256:%s cut: %s\n", n,
			identity, why);
	set_aside(p, t->place, why, is_news);
	spend(t, t->place, t->not_ready ? PLACES_TRIES : 1);
	pthread_mutex_unlock(&p->lock);
	attested_done(t->a);
	leave(p, t->live);
}

/* With the connection fd to t->place, whose slot stays while it is used. */
static enum proof_end try(struct proxy *p, struct attempt *t, int fd, int64_t deadline,
			  char why[static PROXY_WHY_MAX])
{
	const struct url *url = &p->setup.url[p->places.v[t->place].url];
	enum proof_end end = PROOF_UNSURE;
	bool asked = true;

	t->not_ready = false;
	*t->a = (struct attested){ .channel.fd = -1 };
	if (channel_over(&t->a->channel, url, fd, p->setup.timeout_s, deadline) < 0) {
		snprintf(why, PROXY_WHY_MAX, "cannot tell: %s", t->a->channel.error.text);
	} else if (is_refused(p, t, why)) {
		asked = false;
		end = PROOF_FAILS;
	} else {
		end = prove(p, t->a, why);
		if (end == PROOF_UNSURE && t->a->channel.not_ready) {
			waiting_words(t->a, why, PROXY_WHY_MAX);
			t->not_ready = t->starting = true;
		}
	}
	if (asked)
		write_log(p, t, end, why);
	if (end == PROOF_HOLDS)
		held(p, t);
	else
		failed(p, t, end, asked, why);
	return end;
}

/* Why there is not even a place. */
static void no_place(struct proxy *p, char why[static PROXY_WHY_MAX])
{
	snprintf(why, PROXY_WHY_MAX, "cannot tell: no address is known");
	pthread_mutex_lock(&p->lock);
	for (size_t i = p->setup.n_urls; i-- > 0;)
		if (p->name[i].error.text[0])
			snprintf(why, PROXY_WHY_MAX, "cannot tell: %s: %s", p->setup.url[i].host,
				 p->name[i].error.text);
	pthread_mutex_unlock(&p->lock);
}

enum search_end search(struct proxy *p, int only, struct live *live, struct attested *a,
		       char why[static PROXY_WHY_MAX])
{
	struct attempt t = { .live = live, .a = a };
	enum search_end worst = SEARCH_UNSURE;
	char now[PROXY_WHY_MAX];
	int64_t deadline;
	int fd, r;

	*a = (struct attested){ .channel.fd = -1 };
	if (only < 0)
		look_up(p, instant_ms() + (int64_t)p->setup.timeout_s * 1000);
	no_place(p, why);
	pthread_mutex_lock(&p->lock);
	places_begin(&p->places, only, &t.search);
	pthread_mutex_unlock(&p->lock);
	while ((r = connect_any(p, &t, &fd, &deadline, now)) >= 0) {
		enum proof_end end = r > 0 ? try(p, &t, fd, deadline, now) : PROOF_UNSURE;

		if (end == PROOF_HOLDS)
			return SEARCH_FOUND;
		if (worst != SEARCH_REFUSED)
			snprintf(why, PROXY_WHY_MAX, "%s", now);
		if (end == PROOF_FAILS)
			worst = SEARCH_REFUSED;
		else if (t.starting && worst == SEARCH_UNSURE)
			worst = SEARCH_STARTING;
	}
	return worst;
}

void search_done(struct proxy *p, struct live *live, struct attested *a)
{
	attested_done(a);
	leave(p, live);
}
