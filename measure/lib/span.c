/* SPDX-License-Identifier: MIT */
#include "measure/lib/span.h"

#include <errno.h>

int diag_at(struct diag *diag, size_t off, const char *what, int error)
{
	if (diag)
		*diag = (struct diag){ .off = off, .what = what };
	return error;
}

struct span span_of(const void *p, size_t len)
{
	return (struct span){ .p = p, .left = len };
}

int span_take(struct span *s, size_t len, struct span *ret_sub)
{
	if (len > s->left)
		return -EBADMSG;

	*ret_sub = (struct span){ .p = s->p, .left = len };
	if (len > 0) /* p may be NULL when nothing is left, and NULL + 0 is undefined */
		s->p += len;
	s->left -= len;
	return 0;
}

int span_skip(struct span *s, size_t len)
{
	struct span skipped;

	return span_take(s, len, &skipped);
}

int span_at(const struct span *s, size_t off, size_t len, struct span *ret_sub)
{
	struct span rest = *s, sub;

	if (span_skip(&rest, off) < 0 || span_take(&rest, len, &sub) < 0)
		return -EBADMSG;

	*ret_sub = sub;
	return 0;
}

static int take_le(struct span *s, size_t len, uint64_t *ret)
{
	struct span raw;
	uint64_t v = 0;

	if (span_take(s, len, &raw) < 0)
		return -EBADMSG;

	for (size_t i = len; i > 0; i--)
		v = v << 8 | raw.p[i - 1];
	*ret = v;
	return 0;
}

int span_u8(struct span *s, uint8_t *ret)
{
	uint64_t v;

	if (take_le(s, sizeof(*ret), &v) < 0)
		return -EBADMSG;
	*ret = (uint8_t)v;
	return 0;
}

int span_u16le(struct span *s, uint16_t *ret)
{
	uint64_t v;

	if (take_le(s, sizeof(*ret), &v) < 0)
		return -EBADMSG;
	*ret = (uint16_t)v;
	return 0;
}

int span_u32le(struct span *s, uint32_t *ret)
{
	uint64_t v;

	if (take_le(s, sizeof(*ret), &v) < 0)
		return -EBADMSG;
	*ret = (uint32_t)v;
	return 0;
}

int span_u64le(struct span *s, uint64_t *ret)
{
	return take_le(s, sizeof(*ret), ret);
}

static int take_be(struct span *s, size_t len, uint64_t *ret)
{
	struct span raw;
	uint64_t v = 0;

	if (span_take(s, len, &raw) < 0)
		return -EBADMSG;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | raw.p[i];
	*ret = v;
	return 0;
}

int span_u16be(struct span *s, uint16_t *ret)
{
	uint64_t v;

	if (take_be(s, sizeof(*ret), &v) < 0)
		return -EBADMSG;
	*ret = (uint16_t)v;
	return 0;
}

int span_u32be(struct span *s, uint32_t *ret)
{
	uint64_t v;

	if (take_be(s, sizeof(*ret), &v) < 0)
		return -EBADMSG;
	*ret = (uint32_t)v;
	return 0;
}

int span_u64be(struct span *s, uint64_t *ret)
{
	return take_be(s, sizeof(*ret), ret);
}
