/* SPDX-License-Identifier: MIT */
/* Expected texts: RFC 4648, section 10 "Test Vectors", and coreutils' base64. */
#include "measure/lib/base64.h"

#include <errno.h>

#include "tests/lib/tap.h"

static const char *const vectors[][2] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static void test_vectors(void)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *plain = vectors[i][0], *coded = vectors[i][1];
		char text[16];
		uint8_t back[16] = { 0 };
		size_t len = 99;

		base64_encode(plain, strlen(plain), text);
		is_str(text, coded, "encode: as the standard's vectors");
		is_int((int64_t)base64_len(strlen(plain)), (int64_t)strlen(coded), "len: of it");
		is_int(base64_decode(coded, strlen(coded), back, sizeof(back), &len), 0,
		       "decode: the vector is well-formed");
		ok(len == strlen(plain) && !memcmp(back, plain, len), "decode: gives it back");
	}
}

static void test_malformed(void)
{
	static const char *const bad[] = { "Z",	   "Zg",   "Zg=",  "====",  "Z===",	"Zh==",
					   "Zm9=", "Zg=v", "Zm 9", "Zm9\n", "Zg==Zg==", "Zm9-" };
	uint8_t data[16];
	size_t len = 99;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(base64_decode(bad[i], strlen(bad[i]), data, sizeof(data), &len), -EBADMSG,
		       bad[i][0] == 'Z' && bad[i][1] == 'm' ? "decode: a stray character"
							    : "decode: a wrong group or padding");
	is_int(base64_decode("Zm9v\0m9v", 8, data, sizeof(data), &len), -EBADMSG,
	       "decode: a NUL is not in the alphabet");
	is_int(base64_decode("Zm9vYmFy", 8, data, 5, &len), -ENOSPC,
	       "decode: one byte of room short");
	is_int((int64_t)len, 99, "decode: failures leave the length untouched");
}

int main(void)
{
	test_vectors();
	test_malformed();
	return tap_done();
}
