/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/places.h"

static bool has_room(const struct places *p, const struct conn *c)
{
	return source_cost(c->source, p->kind, p->all) == SOURCE_NOBODYS;
}

/* What is left may not be for the sources of those who wait already. */
static bool somebody_is_next(const struct places *p)
{
	for (struct list *link = p->waiting.next; link != &p->waiting; link = link->next)
		if (has_room(p, list_owner(link, struct conn, waits)))
			return true;
	return false;
}

/* The one that came last of a source that has most of the queue. */
static void turn_away(struct places *p)
{
	size_t most = source_most(p->waiting_kind);

	for (struct list *link = p->waiting.prev; link != &p->waiting; link = link->prev) {
		struct conn *c = list_owner(link, struct conn, waits);

		if (c->source->n[p->waiting_kind] != most)
			continue;
		list_remove(&c->waits);
		conn_give(c, p->waiting_kind);
		conn_wake(c, conn_refuse(c, REFUSAL_SHARE));
		return;
	}
}

bool places_take(struct places *p, struct conn *c)
{
	if (somebody_is_next(p) || !has_room(p, c))
		return false;
	conn_take(c, p->kind);
	return true;
}

bool places_wait(struct places *p, struct conn *c)
{
	enum source_cost cost = source_cost(c->source, p->waiting_kind, p->waiting_max);

	if (cost == SOURCE_OWN)
		return false;
	if (cost == SOURCE_LARGEST) {
		if (source_most(p->waiting_kind) < c->source->n[p->waiting_kind] + 2)
			return false;
		turn_away(p);
	}
	conn_take(c, p->waiting_kind);
	list_append(&p->waiting, &c->waits);
	return true;
}

void places_grant(struct places *p)
{
	struct list *link = p->waiting.next;

	while (link != &p->waiting) {
		struct conn *c = list_owner(link, struct conn, waits);

		link = link->next;
		if (!has_room(p, c))
			continue;
		list_remove(&c->waits);
		conn_give(c, p->waiting_kind);
		conn_take(c, p->kind);
		conn_wake(c, CONN_ON);
	}
}
