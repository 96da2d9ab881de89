/* SPDX-License-Identifier: MIT */
/* Which machine is used next, which is set aside and for how long, and what is told of it. */
#include "measure/cmd/client/places.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "measure/cmd/client/refused.h"
#include "tests/lib/tap.h"

static struct places places;
static unsigned order[PLACES_MAX];

/* Addresses 192.0.2.FIRST and on. */
static void update(unsigned url, unsigned first, size_t n, int64_t now)
{
	static struct tcp_addresses found;

	found.n = n;
	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in here = { .sin_family = AF_INET,
					    .sin_addr.s_addr =
						    htonl(0xc0000200u + first + (unsigned)i) };

		found.v[i] = (struct tcp_address){ .len = sizeof(here) };
		memcpy(&found.v[i].sockaddr, &here, sizeof(here));
	}
	places_update(&places, url, &found, now);
}

static size_t chosen(const struct places_search *search)
{
	return places_choose(&places, search, order);
}

static void test_choice(void)
{
	struct places_search search;

	places = (struct places){ 0 };
	places_begin(&places, -1, &search);
	is_int((int64_t)chosen(&search), 0, "without places there is none to choose");
	update(0, 1, 3, 0);
	is_int((int64_t)places_count(&places), 3, "a name's addresses are places");
	places_begin(&places, -1, &search);
	ok(chosen(&search) == 3 && order[0] == 0, "all are worth as much, in the name's order");
	places_enter(&places, 0);
	ok(chosen(&search) == 3 && order[0] == 1 && order[2] == 0, "the least used comes first");
	places_enter(&places, 1);
	places_leave(&places, 1);
	ok(chosen(&search) == 3 && order[0] == 2 && order[1] == 1,
	   "then the one not taken for longest");
	places.v[2].slow = true;
	ok(chosen(&search) == 3 && order[2] == 2, "a slow one last");

	(void)places_failed(&places, 1, 0);
	ok(chosen(&search) == 3, "for a search that runs, another's failure changes nothing");
	places_begin(&places, -1, &search);
	ok(chosen(&search) == 2 && order[0] == 0 && order[1] == 2,
	   "the next one leaves out what is set aside");
	search.spent[0] = 1;
	ok(chosen(&search) == 1 && order[0] == 2, "what failed in this search comes later");
	search.spent[0] = search.spent[2] = PLACES_TRIES;
	ok(chosen(&search) == 1 && order[0] == 1, "what is set aside when there is no other");
	search.spent[1] = PLACES_TRIES;
	is_int((int64_t)chosen(&search), 0, "then it is over");
	places_begin(&places, 1, &search);
	ok(chosen(&search) == 1 && order[0] == 1, "one alone can be searched");
}

static void test_names(void)
{
	struct places_search search;

	places = (struct places){ 0 };
	update(0, 1, 2, 0);
	update(1, 1, 1, 0);
	is_int((int64_t)places_count(&places), 3, "the same address of two names is two places");
	places_enter(&places, 0);
	update(0, 2, 2, 0);
	places_begin(&places, -1, &search);
	ok(places_count(&places) == 3 && chosen(&search) == 3 && !places.v[1].gone,
	   "one that stays is the same place");
	ok(places.v[0].gone && places.v[0].users == 1, "one that is gone keeps its connections");
	places_begin(&places, 0, &search);
	is_int((int64_t)chosen(&search), 1, "and is still proved");
	update(0, 1, 1, 0);
	ok(!places.v[0].gone && places.v[0].users == 1, "until it comes back");
	for (unsigned i = 0; i < 40; i++)
		update(2, 100 + 3 * i, 3, 0);
	is_int((int64_t)places_count(&places), 5, "a name that changes all the time finds room");
	update(3, 1, PLACES_MAX, 0);
	ok(places_count(&places) == PLACES_MAX && places.v[0].users == 1,
	   "more addresses than there are places: some are left out, none that is used");
}

static void test_backoff(void)
{
	int64_t first, wait = 0;

	places = (struct places){ 0 };
	update(0, 1, 1, 1000);
	is_int(places_next(&places), 1000, "a new place is due at once");
	is_int(places_due(&places, 1000), 0, "the keeper gets it");
	is_int(places_due(&places, 1000), -1, "once");
	places_proved(&places, 0, 5000);
	ok(places_next(&places) == 5000 && places_due(&places, 4999) < 0, "then at its time");
	first = places_failed(&places, 0, 2000);
	is_int(places_next(&places), 2000 + first, "after a failure soon");
	is_int(places_failed(&places, 0, 2000), 2 * first, "after the next twice as late");
	for (int i = 0; i < 70; i++)
		wait = places_failed(&places, 0, 2000);
	is_int(wait, PLACES_BACKOFF_MAX_MS, "up to a limit");
	places_proved(&places, 0, 9000);
	is_int(places_next(&places), 2000 + wait, "which the interval does not change");
	(void)places_held(&places, 0, 7000);
	is_int(places_next(&places), 7000, "good again, it is due as others are");
	is_int(places_failed(&places, 0, 2000), first, "and a failure is a first one");
}

static bool tells(const char *why, int64_t now)
{
	bool tell = places_tell(&places, 0, why, now);

	(void)places_failed(&places, 0, now);
	return tell;
}

static void test_words(void)
{
	places = (struct places){ 0 };
	update(0, 1, 1, 0);
	ok(tells("one", 0), "a reason is told");
	ok(!tells("one", 100000), "and not again while it lasts");
	ok(tells("two", 100001), "another one is");
	ok(!tells("one", 100002), "two that take turns are told once");
	ok(places_held(&places, 0, 0), "good again: that is news");
	ok(!tells("one", 100003) && !places_held(&places, 0, 0),
	   "one that comes and goes is no news, either way");
	ok(tells("one", 200000), "after a while it is");
}

static void test_refused(void)
{
	static struct refused refused;
	char identity[65];

	ok(!refused_why(&refused, "key", 0), "an unknown key is to be asked");
	ok(refused_note(&refused, "key", "why", 0), "a refusal is news");
	is_str(refused_why(&refused, "key", REFUSED_MS - 1), "why", "and stays for a while");
	ok(!refused_why(&refused, "key", REFUSED_MS), "then it is asked again");
	ok(!refused_note(&refused, "key", "why", REFUSED_MS), "the same is no news");
	ok(refused_why(&refused, "key", 3 * REFUSED_MS - 1), "and stays twice as long");
	ok(refused_note(&refused, "key", "else", 0), "another reason is");
	refused_forget(&refused, "key");
	ok(!refused_why(&refused, "key", 0), "a proof that holds ends it");
	for (int i = 0; i < 2 * REFUSED_MAX; i++) {
		snprintf(identity, sizeof(identity), "key %d", i);
		(void)refused_note(&refused, identity, "why", i);
	}
	ok(refused_why(&refused, identity, 2 * REFUSED_MAX) &&
		   !refused_why(&refused, "key 0", 2 * REFUSED_MAX),
	   "of too many the oldest are forgotten");
}

int main(void)
{
	test_choice();
	test_names();
	test_backoff();
	test_words();
	test_refused();
	return tap_done();
}
