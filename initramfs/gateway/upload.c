/* SPDX-License-Identifier: MIT */
#include "upload.h"

#include "front.h"

static struct list waiting = LIST_EMPTY(waiting);
static size_t n_uploads;

bool upload_begin(struct conn *c)
{
	c->uploading = n_uploads < UPLOADS_MAX && list_empty(&waiting);
	n_uploads += c->uploading;
	if (!c->uploading)
		list_append(&waiting, &c->waits);
	return c->uploading;
}

void upload_end(struct conn *c)
{
	if (c->stage == UPLOAD)
		list_remove(&c->waits);
	n_uploads -= c->uploading;
	c->uploading = false;
}

void upload_grant(void)
{
	while (n_uploads < UPLOADS_MAX && !list_empty(&waiting)) {
		struct conn *c = list_owner(waiting.next, struct conn, waits);

		list_remove(&c->waits);
		c->uploading = true;
		n_uploads++;
		conn_resume(c, front_pass(c));
	}
}
