/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/refused.h"

#include <stdio.h>
#include <string.h>

static size_t find(const struct refused *refused, const char *identity)
{
	size_t i = 0;

	while (i < REFUSED_MAX && strcmp(refused->v[i].identity, identity) != 0)
		i++;
	return i;
}

const char *refused_why(const struct refused *refused, const char *identity, int64_t now)
{
	size_t i = find(refused, identity);

	return i < REFUSED_MAX && now < refused->v[i].until ? refused->v[i].why : NULL;
}

bool refused_note(struct refused *refused, const char *identity, const char *why, int64_t now)
{
	size_t i = find(refused, identity);
	struct refused_key *key = &refused->v[i < REFUSED_MAX ? i : 0];
	bool is_news;
	int64_t wait;

	if (i == REFUSED_MAX) {
		for (size_t k = 1; k < REFUSED_MAX; k++)
			if (refused->v[k].until < key->until)
				key = &refused->v[k];
		*key = (struct refused_key){ 0 };
		snprintf(key->identity, sizeof(key->identity), "%s", identity);
	}
	is_news = strncmp(key->why, why, sizeof(key->why) - 1) != 0;
	snprintf(key->why, sizeof(key->why), "%s", why);
	wait = (int64_t)REFUSED_MS << (key->times < 5 ? key->times : 5);
	key->until = now + (wait < REFUSED_LONG_MS ? wait : REFUSED_LONG_MS);
	key->times++;
	return is_news;
}

void refused_forget(struct refused *refused, const char *identity)
{
	size_t i = find(refused, identity);

	if (i < REFUSED_MAX)
		refused->v[i] = (struct refused_key){ 0 };
}
