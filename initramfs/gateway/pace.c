/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/pace.h"

#include <stdio.h>
#include <string.h>

#define FRAME_MAX 8 /* of a chunk: four digits of its size, and two line ends */

void pace_begin(struct pace *p, bool chunked)
{
	*p = (struct pace){ .held = { .of_owner = p->held.of_owner },
			    .chunked = chunked,
			    .blank = true };
}

size_t pace_room(const struct pace *p)
{
	return PACE_HELD_MAX - flow_len(&p->held);
}

/* Lines end in CR, LF or both. Whether an event ends behind this byte. */
static bool ends_event(struct pace *p, uint8_t c)
{
	bool line = c == '\n' || c == '\r';

	if (c == '\n' && p->cr) {
		p->cr = false; /* the same end of a line */
		return p->ends;
	}
	p->ends = line && p->blank;
	p->blank = line;
	p->cr = c == '\r';
	return p->ends;
}

int pace_add(struct pace *p, struct span data)
{
	while (data.left > 0) {
		uint8_t *room;
		size_t size, n;
		int r = flow_room(&p->held, PACE_HELD_MAX, &room, &size);

		if (r < 0)
			return r;
		n = size < data.left ? size : data.left;
		memcpy(room, data.p, n);
		flow_add(&p->held, n);
		for (size_t i = 0; i < n; i++)
			if (ends_event(p, room[i]))
				p->held.ready = flow_len(&p->held) - n + i + 1;
		(void)span_skip(&data, n);
	}
	return 0;
}

/* What may leave now: whole events; parts of one only if it cannot be held. */
static size_t whole(const struct pace *p)
{
	bool part = p->ended || p->cut || p->inside || pace_room(p) == 0;

	return part && p->held.ready == 0 ? flow_len(&p->held) : p->held.ready;
}

static size_t put(const struct pace *p, const uint8_t *data, size_t len, uint8_t *ret)
{
	char head[FRAME_MAX + 1] = "";
	size_t n = 0;

	if (p->chunked)
		n = (size_t)snprintf(head, sizeof(head), "%zx\r\n", len);
	memcpy(ret, head, n);
	memcpy(ret + n, data, len);
	if (p->chunked)
		memcpy(ret + n + len, "\r\n", 2);
	return n + len + (p->chunked ? 2 : 0);
}

/* A cut stream has no last chunk. */
static size_t say_end(struct pace *p, uint8_t *ret)
{
	p->said = true;
	return p->chunked && !p->cut ? put(p, (const uint8_t *)"", 0, ret) : 0;
}

size_t pace_tick(struct pace *p, uint8_t *ret, size_t size)
{
	static const uint8_t comment[] = { ':', '\n', '\n' };
	size_t n = whole(p), len;
	struct span held = flow_bytes(&p->held);

	if (p->said)
		return 0;
	if (n == 0 && (p->ended || p->cut))
		return say_end(p, ret);
	if (n == 0)
		return p->inside ? 0 : put(p, comment, sizeof(comment), ret);
	if (n > size - FRAME_MAX)
		n = size - FRAME_MAX;
	len = put(p, held.p, n, ret);
	p->inside = n > p->held.ready;
	flow_drop(&p->held, n);
	return len;
}
