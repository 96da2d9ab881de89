/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/upload.h"

static struct list waiting = LIST_EMPTY(waiting);

static bool has_room(const struct conn *c)
{
	return source_cost(c->source, SOURCE_UPLOADS, UPLOADS_MAX) == SOURCE_NOBODYS;
}

/* What is left may not be for the sources of those who wait already. */
static bool somebody_is_next(void)
{
	for (struct list *link = waiting.next; link != &waiting; link = link->next)
		if (has_room(list_owner(link, struct conn, waits)))
			return true;
	return false;
}

bool upload_begin(struct conn *c)
{
	if (!somebody_is_next() && has_room(c)) {
		conn_take(c, SOURCE_UPLOADS);
		return true;
	}
	list_append(&waiting, &c->waits);
	return false;
}

void upload_grant(void)
{
	struct list *link = waiting.next;

	while (link != &waiting) {
		struct conn *c = list_owner(link, struct conn, waits);

		link = link->next;
		if (!has_room(c))
			continue;
		list_remove(&c->waits);
		conn_take(c, SOURCE_UPLOADS);
		conn_wake(c, CONN_ON);
	}
}
