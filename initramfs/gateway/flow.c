/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/flow.h"

#include <errno.h>
#include <string.h>

#include "initramfs/gateway/memory.h"

static size_t n_grown;

static int begin(struct flow *f, size_t size)
{
	f->buf = memory_take(size);
	if (!f->buf)
		return -ENOMEM;
	f->size = size;
	f->grown = f->off = f->len = f->ready = 0;
	return 0;
}

int flow_keep(struct flow *f, const uint8_t *data, size_t len)
{
	int r = begin(f, len > FLOW_SIZE ? len : FLOW_SIZE);

	if (r < 0)
		return r;
	memcpy(f->buf, data, len);
	f->len = len;
	return 0;
}

/* Twice as large, so that what comes in small pieces is copied a few times at most. */
static int grow(struct flow *f, size_t max)
{
	size_t size = 2 * f->size < max ? 2 * f->size : max;
	uint8_t *buf;

	if (f->size >= max)
		return -ENOBUFS;
	if (!f->of_owner || size - f->size > FLOW_GROWN_MAX - n_grown ||
	    size - f->size + *f->of_owner > FLOW_GROWN_MAX / 4 * 3)
		return -ENOMEM;
	buf = memory_take(size);
	if (!buf)
		return -ENOMEM;
	memcpy(buf, f->buf, f->len);
	memory_give(f->buf);
	n_grown += size - f->size;
	*f->of_owner += size - f->size;
	f->grown += size - f->size;
	f->buf = buf;
	f->size = size;
	return 0;
}

int flow_room(struct flow *f, size_t max, uint8_t **ret_room, size_t *ret_size)
{
	int r = f->buf ? 0 : begin(f, FLOW_SIZE);

	if (r == 0 && f->off > 0) {
		memmove(f->buf, f->buf + f->off, flow_len(f));
		f->len -= f->off;
		f->off = 0;
	}
	if (r == 0 && f->len == f->size)
		r = grow(f, max);
	if (r < 0)
		return r;
	*ret_room = f->buf + f->len;
	*ret_size = f->size - f->len;
	return 0;
}

void flow_add(struct flow *f, size_t len)
{
	f->len += len;
	flow_drop(f, 0);
}

void flow_drop(struct flow *f, size_t len)
{
	f->off += len;
	f->ready -= len < f->ready ? len : f->ready;
	if (f->off == f->len)
		flow_free(f);
}

/* What is before them is less than what is behind: a head has them. */
void flow_cut(struct flow *f, size_t at, size_t len)
{
	uint8_t *first = f->buf + f->off;

	memmove(first + len, first, at);
	explicit_bzero(first, len);
	flow_drop(f, len);
}

void flow_free(struct flow *f)
{
	memory_give(f->buf);
	n_grown -= f->grown;
	if (f->of_owner)
		*f->of_owner -= f->grown;
	f->buf = NULL;
	f->grown = f->off = f->len = f->ready = 0;
}
