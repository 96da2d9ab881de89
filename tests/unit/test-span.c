/* SPDX-License-Identifier: MIT */
#include "measure/lib/span.h"

#include <errno.h>

#include "tests/lib/tap.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void test_take(void)
{
	struct span s = span_of(bytes, sizeof(bytes)), sub = { 0 };

	is_int(span_take(&s, 4, &sub), 0, "take: what is there can be taken");
	ok(sub.p == bytes && sub.left == 4, "take: the piece is the front");
	ok(s.p == bytes + 4 && s.left == 5, "take: the rest follows it");
	sub = span_of(NULL, 77);
	is_int(span_take(&s, 6, &sub), -EBADMSG, "take: one byte too many is a bad message");
	ok(s.p == bytes + 4 && s.left == 5 && sub.left == 77,
	   "take: a failure leaves span and output untouched");
	is_int(span_take(&s, SIZE_MAX, &sub), -EBADMSG, "take: the largest length does not wrap");
	is_int(span_skip(&s, 5), 0, "skip: to the very end");
	is_int(span_skip(&s, 1), -EBADMSG, "skip: nothing is left");
	s = span_of(NULL, 0);
	is_int(span_take(&s, 0, &sub), 0, "take: nothing from nothing");
}

static void test_at(void)
{
	struct span s = span_of(bytes, sizeof(bytes)), sub = span_of(NULL, 77);

	is_int(span_at(&s, 10, 0, &sub), -EBADMSG, "at: an offset past the end");
	is_int(span_at(&s, 8, 2, &sub), -EBADMSG, "at: a piece that reaches past the end");
	is_int(span_at(&s, SIZE_MAX, 2, &sub), -EBADMSG, "at: offset plus length does not wrap");
	is_int(span_at(&s, 2, SIZE_MAX, &sub), -EBADMSG, "at: length plus offset does not wrap");
	ok(sub.p == NULL && sub.left == 77, "at: failures leave the output untouched");
	is_int(span_at(&s, 9, 0, &sub), 0, "at: an empty piece at the end");
	is_int(span_at(&s, 7, 2, &sub), 0, "at: the last two bytes");
	ok(sub.p == bytes + 7 && sub.left == 2, "at: are those");
	ok(s.p == bytes && s.left == sizeof(bytes), "at: does not move the span");
}

static void test_integers(void)
{
	struct span s = span_of(bytes, sizeof(bytes));
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	uint8_t u8 = 0;
	int refused = 0;

	is_int(span_u8(&s, &u8), 0, "u8: one byte");
	is_int(u8, 1, "u8: its value");
	is_int(span_u16le(&s, &u16), 0, "u16le: two bytes");
	is_int(u16, 0x0302, "u16le: the low byte comes first");
	is_int(span_u32le(&s, &u32), 0, "u32le: four bytes");
	is_int(u32, 0x07060504, "u32le: the low byte comes first");
	is_int(span_u32le(&s, &u32), -EBADMSG, "u32le: two bytes are a bad message");
	is_int(u32, 0x07060504, "u32le: a failure leaves the output untouched");
	s = span_of(bytes, 8);
	is_int(span_u64le(&s, &u64), 0, "u64le: eight bytes");
	ok(u64 == 0x0807060504030201, "u64le: the low byte comes first");
	for (size_t n = 0; n < 8; n++) {
		s = span_of(bytes, n);
		u64 = 5;
		if (span_u64le(&s, &u64) == -EBADMSG && u64 == 5 && s.left == n)
			refused++;
	}
	is_int(refused, 8, "u64le: every shorter input is a bad message, nothing touched");
	s = span_of(NULL, 0);
	is_int(span_u8(&s, &u8), -EBADMSG, "u8: of nothing");
	is_int(span_u16le(&s, &u16), -EBADMSG, "u16le: of nothing");
}

static void test_big_endian(void)
{
	struct span s = span_of(bytes, sizeof(bytes));
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	uint16_t u16 = 0;
	int refused = 0;

	is_int(span_u16be(&s, &u16), 0, "u16be: two bytes");
	is_int(u16, 0x0102, "u16be: the high byte comes first");
	is_int(span_u32be(&s, &u32), 0, "u32be: four bytes");
	is_int(u32, 0x03040506, "u32be: the high byte comes first");
	is_int(span_u32be(&s, &u32), -EBADMSG, "u32be: three bytes are a bad message");
	ok(u32 == 0x03040506 && s.left == 3, "u32be: a failure leaves span and output untouched");
	s = span_of(bytes, 8);
	is_int(span_u64be(&s, &u64), 0, "u64be: eight bytes");
	ok(u64 == 0x0102030405060708, "u64be: the high byte comes first");
	for (size_t n = 0; n < 8; n++) {
		s = span_of(bytes, n);
		u64 = 5;
		if (span_u64be(&s, &u64) == -EBADMSG && u64 == 5 && s.left == n)
			refused++;
	}
	is_int(refused, 8, "u64be: every shorter input is a bad message, nothing touched");
	s = span_of(bytes, 1);
	u16 = 5;
	ok(span_u16be(&s, &u16) == -EBADMSG && u16 == 5 && s.left == 1,
	   "u16be: one byte is a bad message, nothing touched");
}

int main(void)
{
	test_take();
	test_at();
	test_integers();
	test_big_endian();
	return tap_done();
}
