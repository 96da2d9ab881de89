/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/places.h"

#include <string.h>

#define SAY_AGAIN_MS 60000

static bool is_open(const struct place *p)
{
	return p->state != PLACE_FREE && !p->gone;
}

static struct place *find(struct places *places, unsigned url, const struct tcp_address *address)
{
	for (size_t i = 0; i < PLACES_MAX; i++) {
		struct place *p = &places->v[i];

		if (p->state != PLACE_FREE && p->url == url && p->address.len == address->len &&
		    !memcmp(&p->address.sockaddr, &address->sockaddr, address->len))
			return p;
	}
	return NULL;
}

/* A free one, or else one that nothing leads to and nobody uses. */
static struct place *new_place(struct places *places)
{
	struct place *gone = NULL;

	for (size_t i = 0; i < PLACES_MAX; i++) {
		struct place *p = &places->v[i];

		if (p->state == PLACE_FREE)
			return p;
		if (p->gone && p->users == 0 && !p->proving)
			gone = p;
	}
	return gone;
}

void places_update(struct places *places, unsigned url, const struct tcp_addresses *found,
		   int64_t now)
{
	for (size_t i = 0; i < PLACES_MAX; i++)
		if (places->v[i].url == url)
			places->v[i].gone = true;
	for (size_t i = 0; i < found->n; i++) {
		struct place *p = find(places, url, &found->v[i]);

		if (!p) {
			p = new_place(places);
			if (!p)
				continue;
			*p = (struct place){
				.state = PLACE_NEW, .url = url, .address = found->v[i], .due = now
			};
		}
		p->gone = false;
	}
}

size_t places_count(const struct places *places)
{
	size_t n = 0;

	for (size_t i = 0; i < PLACES_MAX; i++)
		n += is_open(&places->v[i]);
	return n;
}

void places_begin(const struct places *places, int only, struct places_search *ret)
{
	*ret = (struct places_search){ .only = only };
	for (size_t i = 0; i < PLACES_MAX; i++)
		ret->aside[i] = places->v[i].state == PLACE_ASIDE;
}

static bool is_before(const struct place *a, const struct place *b)
{
	if (a->slow != b->slow)
		return b->slow;
	if (a->users != b->users)
		return a->users < b->users;
	return a->chosen < b->chosen;
}

static bool may_try(const struct places *places, const struct places_search *s, unsigned i)
{
	const struct place *p = &places->v[i];

	if (s->spent[i] >= PLACES_TRIES)
		return false;
	return s->only < 0 ? is_open(p) : (int)i == s->only && p->state != PLACE_FREE;
}

size_t places_choose(const struct places *places, const struct places_search *s,
		     unsigned ret[static PLACES_MAX])
{
	unsigned best = 2 * PLACES_TRIES;
	size_t n = 0;

	for (unsigned i = 0; i < PLACES_MAX; i++) {
		unsigned group = s->spent[i] + (s->aside[i] ? PLACES_TRIES : 0);
		size_t at;

		if (!may_try(places, s, i) || group > best)
			continue;
		if (group < best)
			n = 0;
		best = group;
		for (at = n; at > 0 && is_before(&places->v[i], &places->v[ret[at - 1]]); at--)
			ret[at] = ret[at - 1];
		ret[at] = i;
		n++;
	}
	return n;
}

void places_enter(struct places *places, unsigned place)
{
	places->v[place].users++;
	places->v[place].chosen = ++places->choices;
}

void places_leave(struct places *places, unsigned place)
{
	places->v[place].users--;
}

bool places_held(struct places *places, unsigned place, int64_t next)
{
	struct place *p = &places->v[place];
	bool was_told = p->state == PLACE_ASIDE && p->told;

	if (p->state != PLACE_GOOD)
		p->due = next;
	p->told = false;
	p->state = PLACE_GOOD;
	p->fails = 0;
	return was_told;
}

/* FNV-1a; never 0. */
static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash | 1;
}

int64_t places_failed(struct places *places, unsigned place, int64_t now)
{
	struct place *p = &places->v[place];
	int64_t wait = (int64_t)PLACES_BACKOFF_MS << (p->fails < 6 ? p->fails : 6);

	if (wait > PLACES_BACKOFF_MAX_MS)
		wait = PLACES_BACKOFF_MAX_MS;
	p->state = PLACE_ASIDE;
	p->fails++;
	p->due = now + wait;
	return wait;
}

bool places_tell(struct places *places, unsigned place, const char *why, int64_t now)
{
	struct place *p = &places->v[place];
	uint32_t hash = hash_of(why);
	bool again = p->state != PLACE_ASIDE && now - p->said_at >= SAY_AGAIN_MS;
	size_t i = 0;

	while (i < PLACES_SAID - 1 && p->said[i] != hash)
		i++;
	if (p->said[i] == hash && !again)
		return false;
	memmove(&p->said[1], &p->said[0], i * sizeof(p->said[0]));
	p->said[0] = hash;
	p->said_at = now;
	p->told = true;
	return true;
}

/* Nobody needs to know of a place that nothing leads to, unless somebody is still connected. */
static bool is_kept(const struct place *p)
{
	return !p->proving && (is_open(p) || (p->state != PLACE_FREE && p->users > 0));
}

int places_due(struct places *places, int64_t now)
{
	for (int i = 0; i < PLACES_MAX; i++) {
		struct place *p = &places->v[i];

		if (!is_kept(p) || p->due > now)
			continue;
		p->proving = true;
		return i;
	}
	return -1;
}

void places_proved(struct places *places, unsigned place, int64_t next)
{
	struct place *p = &places->v[place];

	p->proving = false;
	if (p->state != PLACE_ASIDE)
		p->due = next;
}

int64_t places_next(const struct places *places)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < PLACES_MAX; i++)
		if (is_kept(&places->v[i]) && places->v[i].due < next)
			next = places->v[i].due;
	return next;
}
