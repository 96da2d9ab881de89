/* SPDX-License-Identifier: MIT */
#include "measure/lib/framing.h"

#include <errno.h>

#define DIGITS_MAX 16 /* leading zeros included */

enum state {
	WHOLE,
	LENGTH,
	UNTIL_END,
	SIZE,	   /* the digits of a chunk's size */
	BLANK,	   /* behind them, before an extension */
	EXTENSION, /* to the CR */
	SIZE_LF,   /* the CR was there */
	DATA,	   /* of a chunk */
	DATA_CR,   /* it was whole */
	DATA_LF,
	TRAILER, /* the beginning of a line */
	NAME,
	VALUE,
	TRAILER_LF,
	LAST_LF, /* the CR of the empty line was there */
};

void framing_length(struct framing *f, uint64_t length)
{
	*f = (struct framing){ .state = length > 0 ? LENGTH : WHOLE,
			       .left = length,
			       .announced = length };
}

void framing_chunked(struct framing *f)
{
	*f = (struct framing){ .state = SIZE, .slack = FRAMING_SLACK };
}

void framing_until_end(struct framing *f)
{
	*f = (struct framing){ .state = UNTIL_END };
}

bool framing_whole(const struct framing *f)
{
	return f->state == WHOLE;
}

bool framing_is_open(const struct framing *f)
{
	return f->state == UNTIL_END;
}

size_t framing_room(const struct framing *f, size_t max)
{
	if (f->state == WHOLE)
		return 0;
	return f->state == LENGTH && f->left < max ? (size_t)f->left : max;
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The sum of all chunks must not overflow. */
static int size_line_ended(struct framing *f)
{
	f->digits = 0;
	f->line = 0;
	if (f->left == 0) {
		f->state = TRAILER;
		return 0;
	}
	if (f->left > INT64_MAX - f->announced)
		return -EBADMSG;
	f->announced += f->left;
	f->slack += f->left;
	f->state = DATA;
	return 0;
}

static int size_step(struct framing *f, uint8_t c)
{
	int digit = digit_of(c);

	if (f->state == SIZE_LF)
		return c == '\n' ? size_line_ended(f) : -EBADMSG;
	if (f->state == SIZE && digit >= 0) {
		if (f->digits++ == DIGITS_MAX || f->left > INT64_MAX / 16 - 1)
			return -EBADMSG;
		f->left = f->left * 16 + (uint64_t)digit;
		return 0;
	}
	if (f->digits == 0)
		return -EBADMSG;
	if (c == '\r' && f->state != BLANK) {
		f->state = SIZE_LF;
		return 0;
	}
	if (f->state != EXTENSION && c != ';' && c != ' ' && c != '\t')
		return -EBADMSG;
	f->state = f->state == EXTENSION || c == ';' ? EXTENSION : BLANK;
	if ((c < ' ' && c != '\t') || c == 0x7f || ++f->line > FRAMING_EXTENSION_MAX ||
	    f->slack-- == 0)
		return -EBADMSG;
	return 0;
}

static bool is_name(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

static int trailer_step(struct framing *f, uint8_t c)
{
	if (++f->line > FRAMING_TRAILERS_MAX)
		return -EBADMSG;
	switch (f->state) {
	case TRAILER:
		f->state = c == '\r' ? LAST_LF : NAME;
		return c == '\r' || is_name(c) ? 0 : -EBADMSG;
	case NAME:
		f->state = c == ':' ? VALUE : NAME;
		return c == ':' || is_name(c) ? 0 : -EBADMSG;
	case VALUE:
		f->state = c == '\r' ? TRAILER_LF : VALUE;
		return c == '\r' || c == '\t' || (c >= ' ' && c != 0x7f) ? 0 : -EBADMSG;
	case TRAILER_LF:
		f->state = TRAILER;
		return c == '\n' ? 0 : -EBADMSG;
	default:
		f->state = WHOLE;
		return c == '\n' ? 0 : -EBADMSG;
	}
}

static int step(struct framing *f, uint8_t c)
{
	switch (f->state) {
	case DATA_CR:
		f->state = DATA_LF;
		return c == '\r' ? 0 : -EBADMSG;
	case DATA_LF:
		f->state = SIZE;
		return c == '\n' ? 0 : -EBADMSG;
	case SIZE:
	case BLANK:
	case EXTENSION:
	case SIZE_LF:
		return size_step(f, c);
	default:
		return trailer_step(f, c);
	}
}

/* Bytes of the content itself, which are not examined: how many. */
static size_t take_data(struct framing *f, struct span *bytes)
{
	bool all = f->state == UNTIL_END || f->left >= bytes->left;
	size_t n = all ? bytes->left : (size_t)f->left;

	(void)span_skip(bytes, n);
	if (f->state == UNTIL_END)
		return n;
	f->left -= n;
	if (f->left == 0)
		f->state = f->state == DATA ? DATA_CR : WHOLE;
	return n;
}

int framing_data(struct framing *f, struct span bytes, size_t *ret_len, struct span *ret_data)
{
	const struct span all = bytes;
	size_t data = 0;
	int r = 0;

	while (bytes.left > 0 && f->state != WHOLE && r == 0 && data == 0) {
		if (f->state == UNTIL_END || f->state == LENGTH || f->state == DATA)
			data = take_data(f, &bytes);
		else if ((r = step(f, bytes.p[0])) == 0)
			(void)span_skip(&bytes, 1);
	}
	*ret_len = all.left - bytes.left;
	*ret_data = span_of(all.p + (*ret_len - data), data);
	return r;
}

int framing_take(struct framing *f, struct span bytes, size_t *ret_len)
{
	size_t len = 0, n;
	struct span data;
	int r;

	do {
		r = framing_data(f, bytes, &n, &data);
		(void)span_skip(&bytes, n);
		len += n;
	} while (r == 0 && bytes.left > 0 && n > 0);
	*ret_len = len;
	return r;
}
