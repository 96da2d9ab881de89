/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/upload.h"

#include "initramfs/gateway/front.h"

static struct list waiting = LIST_EMPTY(waiting);

/* A place, if there is one for its source. */
static bool take(struct conn *c)
{
	c->uploading = source_cost(c->source, SOURCE_UPLOADS, UPLOADS_MAX) == SOURCE_NOBODYS;
	if (c->uploading)
		source_add(c->source, SOURCE_UPLOADS);
	return c->uploading;
}

/* What is left may not be for the sources of those who wait already. */
static bool somebody_is_next(void)
{
	for (struct list *link = waiting.next; link != &waiting; link = link->next) {
		const struct conn *c = list_owner(link, struct conn, waits);

		if (source_cost(c->source, SOURCE_UPLOADS, UPLOADS_MAX) == SOURCE_NOBODYS)
			return true;
	}
	return false;
}

bool upload_begin(struct conn *c)
{
	if (!somebody_is_next() && take(c))
		return true;
	list_append(&waiting, &c->waits);
	return false;
}

void upload_end(struct conn *c)
{
	if (c->stage == UPLOAD)
		list_remove(&c->waits);
	if (c->uploading)
		source_drop(c->source, SOURCE_UPLOADS);
	c->uploading = false;
}

/* Going on can take others out of the queue, so it is looked through anew. */
void upload_grant(void)
{
	struct list *link = waiting.next;

	while (link != &waiting) {
		struct conn *c = list_owner(link, struct conn, waits);

		link = link->next;
		if (!take(c))
			continue;
		list_remove(&c->waits);
		conn_resume(c, front_pass(c));
		link = waiting.next;
	}
}
