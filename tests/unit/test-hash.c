/* SPDX-License-Identifier: MIT */
/* Expected digests: sha1sum, sha256sum, sha384sum, sha512sum; PCR values: Python's hashlib. */
#include "measure/lib/hash.h"

#include <errno.h>

#include "tests/lib/tap.h"

static const struct {
	const char *name;
	uint16_t tpm_alg;
	size_t len;
	const char *empty, *abc;
} want[_HASH_MAX] = {
	{ "sha1", 0x0004, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	  "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "sha256", 0x000b, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "sha384", 0x000c, 48,
	  "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ "sha512", 0x000d, 64,
	  "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static const char *hex_of(enum hash_alg alg, const char *text)
{
	static char hex[HASH_HEX_MAX];
	struct digest d;

	hash_bytes(alg, text, strlen(text), &d);
	digest_hex(&d, hex);
	return hex;
}

static void test_algorithms(void)
{
	enum hash_alg alg = HASH_SHA384;

	for (size_t i = 0; i < _HASH_MAX; i++) {
		enum hash_alg a = (enum hash_alg)i;

		is_str(hex_of(a, ""), want[i].empty, "bytes: of nothing, as coreutils says");
		is_str(hex_of(a, "abc"), want[i].abc, "bytes: of abc, as coreutils says");
		is_str(hash_name(a), want[i].name, "name: of the algorithm");
		is_int(hash_tpm_alg(a), want[i].tpm_alg, "tpm_alg: the registry's number");
		is_int((int64_t)hash_len(a), (int64_t)want[i].len, "len: of its digests");
		ok(!hash_from_tpm_alg(want[i].tpm_alg, &alg) && alg == a, "from_tpm_alg: back");
		ok(!hash_from_name(want[i].name, strlen(want[i].name), &alg) && alg == a,
		   "from_name: back");
	}
	is_int(hash_from_tpm_alg(0x0012, &alg), -ENOTSUP, "from_tpm_alg: SM3 is not known");
	is_int(hash_from_name("sha256x", 7, &alg), -ENOTSUP, "from_name: a longer name");
	is_int(hash_from_name("sha25", 5, &alg), -ENOTSUP, "from_name: a shorter name");
	is_int(alg, HASH_SHA512, "from_*: a failure leaves the output untouched");
}

static void test_streaming(void)
{
	static uint8_t data[256000];
	struct hash_ctx ctx, fork;
	struct digest d;
	char hex[HASH_HEX_MAX];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	hash_init(&ctx, HASH_SHA256);
	for (size_t off = 0, n = 1; off < sizeof(data); off += n, n = n * 2 + 1) {
		if (n > sizeof(data) - off)
			n = sizeof(data) - off;
		hash_update(&ctx, data + off, n);
	}
	fork = ctx;
	hash_update(&fork, "more", 4);
	hash_final(&ctx, &d);
	digest_hex(&d, hex);
	is_str(hex, "b57b64b198d5d59ce5a22a9b9f25e72a7d081476d432051aa923f3dbebb90934",
	       "update: pieces of any size add up, and a forked copy does not disturb");
}

static void test_digest(void)
{
	struct digest a, b;
	char hex[HASH_HEX_MAX];

	hash_bytes(HASH_SHA256, "abc", 3, &a);
	digest_hex(&a, hex);
	is_int(digest_from_hex(HASH_SHA256, hex, 64, &b), 0, "from_hex: of to_hex");
	ok(digest_equal(&a, &b), "equal: the same digest");
	b.bytes[31] ^= 1;
	ok(!digest_equal(&a, &b), "equal: one bit in the last byte differs");
	b = a;
	is_int(digest_from_hex(HASH_SHA256, hex, 63, &b), -EBADMSG, "from_hex: a digit short");
	is_int(digest_from_hex(HASH_SHA1, hex, 64, &b), -EBADMSG, "from_hex: of another length");
	hex[63] = 'D';
	is_int(digest_from_hex(HASH_SHA256, hex, 64, &b), -EBADMSG, "from_hex: upper case");
	hex[63] = 'g';
	is_int(digest_from_hex(HASH_SHA256, hex, 64, &b), -EBADMSG, "from_hex: not a digit");
	ok(digest_equal(&a, &b), "from_hex: failures leave the output untouched");
	hash_bytes(HASH_SHA384, "abc", 3, &b);
	ok(!digest_equal(&a, &b), "equal: not across algorithms");
}

static void test_extend(void)
{
	struct digest pcr = { .alg = HASH_SHA256 }, old = { .alg = HASH_SHA1 }, d;
	char hex[HASH_HEX_MAX];

	hash_bytes(HASH_SHA256, "abc", 3, &d);
	pcr_extend(&pcr, &d);
	digest_hex(&pcr, hex);
	is_str(hex, "589f9ffed4c477966bfb8d41f37895b08c69047df8f911d6f3b57fbe08faee8d",
	       "extend: a zero sha256 PCR by abc");
	hash_bytes(HASH_SHA1, "abc", 3, &d);
	pcr_extend(&old, &d);
	digest_hex(&old, hex);
	is_str(hex, "ccd5bd41458de644ac34a2478b58ff819bef5acf", "extend: a zero sha1 PCR by abc");
}

int main(void)
{
	test_algorithms();
	test_streaming();
	test_digest();
	test_extend();
	return tap_done();
}
