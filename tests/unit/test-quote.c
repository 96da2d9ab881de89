/* SPDX-License-Identifier: MIT */
#include "measure/lib/quote.h"

#include <errno.h>

#include "tests/lib/tap.h"
#include "tests/lib/tpmbytes.h"

static const struct quote_recipe sample = SAMPLE_QUOTE;

static void make(struct bytes *b, const struct quote_recipe *recipe)
{
	b->len = 0;
	put_quote(b, recipe);
}

static void test_read(void)
{
	struct quote q = { 0 };
	struct bytes b;

	make(&b, &sample);
	is_int((int64_t)b.len, QUOTE_LEN, "quote: the sample is as long as its map says");
	is_int(quote_parse(span_of(b.p, b.len), &q, NULL), 0, "quote: one is read");
	ok(q.bytes.p == b.p && q.bytes.left == b.len, "quote: what is signed is all of it");
	ok(q.magic == 0xff544347 && q.type == 0x8018, "quote: magic and type");
	ok(q.signer.left == 34 && q.signer.p == b.p + AT_SIGNER + 2, "quote: the signer's Name");
	ok(q.extra.left == 32 && q.extra.p[0] == 0xe1, "quote: extraData");
	ok(q.clock_ms == 0x0102030405060708 && q.reset_count == 7 && q.restart_count == 3 &&
		   q.safe && q.firmware_version == 0x2023010100000000,
	   "quote: clock, counts and firmware are big-endian");
	ok(q.n_banks == 1 && q.bank[0].alg == HASH_SHA256 && q.bank[0].pcrs == 0xffff,
	   "quote: the selection");
	ok(q.pcr_digest.left == 32 && q.pcr_digest.p[0] == 0xd1, "quote: the digest of the PCRs");
}

static void test_banks(void)
{
	struct quote_recipe recipe = SAMPLE_QUOTE;
	struct quote q = { 0 };
	struct bytes b;

	recipe.n_banks = 4;
	recipe.bank[0].alg = ALG_SHA512;
	recipe.bank[1].alg = ALG_SHA1;
	recipe.bank[1].pcrs = 0x800001;
	recipe.bank[2].alg = ALG_SHA384;
	recipe.bank[3].alg = ALG_SHA256;
	make(&b, &recipe);
	ok(quote_parse(span_of(b.p, b.len), &q, NULL) == 0 && q.n_banks == 4 &&
		   q.bank[0].alg == HASH_SHA512 && q.bank[1].alg == HASH_SHA1 &&
		   q.bank[2].alg == HASH_SHA384 && q.bank[3].alg == HASH_SHA256,
	   "quote: banks come in the order of the quote");
	ok(q.bank[0].pcrs == 0xffff && q.bank[1].pcrs == 0x800001 && q.bank[2].pcrs == 0,
	   "quote: the first byte of a bitmap holds PCR 0 in its lowest bit");
	recipe.bank[2].alg = ALG_SHA1;
	make(&b, &recipe);
	is_int(quote_parse(span_of(b.p, b.len), &q, NULL), -EPROTO, "quote: a bank comes twice");
}

/*
 * Parses a copy of exactly len bytes; whether it was refused, with a reason and untouched output.
 */
static int refused(const uint8_t *p, size_t len, int error, const char **ret_what)
{
	uint8_t *copy = exact_copy(p, len);
	struct quote q, before;
	struct diag diag = { 0 };
	int r;

	memset(&q, 0xa5, sizeof(q));
	memset(&before, 0xa5, sizeof(before));
	r = quote_parse(span_of(copy, len), &q, &diag);
	free(copy);
	*ret_what = diag.what;
	return r == error && diag.what && diag.off <= len && !memcmp(&q, &before, sizeof(q));
}

static void test_prefixes(void)
{
	struct quote_recipe recipe = SAMPLE_QUOTE;
	const char *what;
	struct bytes b;
	int held = 1;

	recipe.n_banks = 2;
	recipe.bank[1].alg = ALG_SHA384;
	make(&b, &recipe);
	for (size_t len = 0; len < b.len; len++)
		held &= refused(b.p, len, -EBADMSG, &what);
	ok(held, "quote: every prefix ends too early");
	put_fill(&b, 0, 1);
	ok(refused(b.p, b.len, -EBADMSG, &what), "quote: one byte more is one too many");
	is_str(what, "bytes after the structure", "quote: ... for that reason");
}

static const struct {
	size_t off, len;
	uint64_t value;
	int error;
	const char *what;
} twins[] = {
	{ AT_SIGNER, 2, 0, -EPROTO, "the signer is not the Name of a key" },
	{ AT_SIGNER, 2, 33, -EPROTO, "the signer is not the Name of a key" },
	{ AT_SIGNER, 2, 4, -EPROTO, "the signer is not the Name of a key" },
	{ AT_SIGNER, 2, 67, -EFBIG, "a sized buffer larger than its kind may be" },
	{ AT_SIGNER + 2, 2, ALG_NULL, -EPROTO, "the signer is not the Name of a key" },
	{ AT_SIGNER + 2, 2, ALG_SHA384, -EPROTO, "the signer is not the Name of a key" },
	{ AT_EXTRA, 2, 67, -EFBIG, "a sized buffer larger than its kind may be" },
	{ AT_EXTRA, 2, 0xffff, -EFBIG, "a sized buffer larger than its kind may be" },
	{ AT_SAFE, 1, 2, -EPROTO, "neither yes nor no" },
	{ AT_SAFE, 1, 255, -EPROTO, "neither yes nor no" },
	{ AT_COUNT, 4, 0, -EPROTO, "no bank is selected" },
	{ AT_COUNT, 4, 5, -EFBIG, "more banks than there are" },
	{ AT_COUNT, 4, 0xffffffff, -EFBIG, "more banks than there are" },
	{ AT_COUNT, 4, 2, -ENOTSUP, "a hash algorithm that is not known here" },
	{ AT_BANK, 2, 0x0012, -ENOTSUP, "a hash algorithm that is not known here" },
	{ AT_BANK, 2, ALG_NULL, -ENOTSUP, "a hash algorithm that is not known here" },
	{ AT_BITMAP_LEN, 1, 0, -EPROTO, "a bitmap of other than 24 PCRs" },
	{ AT_BITMAP_LEN, 1, 2, -EPROTO, "a bitmap of other than 24 PCRs" },
	{ AT_BITMAP_LEN, 1, 4, -EPROTO, "a bitmap of other than 24 PCRs" },
	{ AT_DIGEST, 2, 33, -EBADMSG, "the bytes end in this field" },
	{ AT_DIGEST, 2, 31, -EPROTO, "a PCR digest as long as no hash is" },
	{ AT_DIGEST, 2, 0, -EPROTO, "a PCR digest as long as no hash is" },
	{ AT_DIGEST, 2, 20, -EBADMSG, "bytes after the structure" },
	{ AT_DIGEST, 2, 65, -EFBIG, "a sized buffer larger than its kind may be" },
};

static void test_twins(void)
{
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		const char *what = NULL;
		struct bytes b;
		int untouched;

		make(&b, &sample);
		set_be(b.p + twins[i].off, twins[i].value, twins[i].len);
		untouched = refused(b.p, b.len, twins[i].error, &what);
		ok(untouched, "quote: a twin is refused, its output untouched");
		is_str(what, twins[i].what, "quote: ... for its own reason");
	}
}

/* Magic and type are lies with names of their own; see quote_check_header(). */
static void test_header(void)
{
	static const uint8_t other[] = { 0xff, 'T', 'C', 'G', 0x80, 0x17, 1, 2, 3 };
	struct quote_recipe recipe = SAMPLE_QUOTE;
	struct quote q;
	struct bytes b;

	recipe.magic = 0x58585858;
	make(&b, &recipe);
	memset(&q, 0xa5, sizeof(q));
	ok(quote_parse(span_of(b.p, b.len), &q, NULL) == 0 && q.magic == 0x58585858 &&
		   q.n_banks == 1,
	   "quote: another magic is read, to be refused by name");
	memset(&q, 0xa5, sizeof(q));
	ok(quote_parse(span_of(other, sizeof(other)), &q, NULL) == 0 && q.type == 0x8017 &&
		   q.bytes.left == sizeof(other),
	   "quote: of another type only the type is read");
	ok(q.n_banks == 0 && q.extra.left == 0 && q.pcr_digest.left == 0 && q.signer.left == 0,
	   "quote: ... and nothing of it could pass for a quote's");
}

/* Any byte of the quote, any value: read or refused, never a report of the sanitizer. */
static void test_bytes(void)
{
	int held = 1, n_read = 0;
	struct bytes b;

	make(&b, &sample);
	for (size_t i = 0; i < b.len; i++)
		for (unsigned v = 0; v < 256; v++) {
			uint8_t *copy = exact_copy(b.p, b.len);
			struct diag diag = { 0 };
			struct quote q;
			int r;

			copy[i] = (uint8_t)v;
			r = quote_parse(span_of(copy, b.len), &q, &diag);
			n_read += r == 0;
			held &= r == 0 || (diag.what && diag.off <= b.len);
			free(copy);
		}
	ok(held && n_read > 145, "quote: any byte may have any value");
}

static const uint8_t number[513] = { 0x80 };

static int signature_refused(const uint8_t *p, size_t len, int error, const char **ret_what)
{
	uint8_t *copy = exact_copy(p, len);
	struct quote_signature sig, before;
	struct diag diag = { 0 };
	int r;

	memset(&sig, 0xa5, sizeof(sig));
	memset(&before, 0xa5, sizeof(before));
	r = quote_parse_signature(span_of(copy, len), &sig, &diag);
	free(copy);
	*ret_what = diag.what;
	return r == error && diag.what && diag.off <= len && !memcmp(&sig, &before, sizeof(sig));
}

static void test_signatures(void)
{
	static const struct {
		uint16_t scheme, hash;
		size_t r_len, s_len;
		enum tpm_scheme_alg alg;
		enum hash_alg hash_alg;
		const char *name;
	} cases[] = {
		{ ALG_RSASSA, ALG_SHA256, 256, 0, TPM_SCHEME_RSASSA, HASH_SHA256,
		  "signature: RSASSA" },
		{ ALG_RSASSA, ALG_SHA512, 384, 0, TPM_SCHEME_RSASSA, HASH_SHA512,
		  "signature: of 3072 bits" },
		{ ALG_RSAPSS, ALG_SHA384, 512, 0, TPM_SCHEME_RSAPSS, HASH_SHA384,
		  "signature: RSAPSS" },
		{ ALG_ECDSA, ALG_SHA256, 32, 32, TPM_SCHEME_ECDSA, HASH_SHA256,
		  "signature: ECDSA" },
		{ ALG_ECDSA, ALG_SHA384, 48, 48, TPM_SCHEME_ECDSA, HASH_SHA384,
		  "signature: of P-384" },
		{ ALG_ECDSA, ALG_SHA256, 31, 1, TPM_SCHEME_ECDSA, HASH_SHA256,
		  "signature: without leading zeros" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct quote_signature sig = { 0 };
		struct bytes b = { .len = 0 };
		const char *what;
		int held = 1;

		put_signature(&b, cases[i].scheme, cases[i].hash, number, cases[i].r_len, number,
			      cases[i].s_len);
		ok(quote_parse_signature(span_of(b.p, b.len), &sig, NULL) == 0 &&
			   sig.scheme.alg == cases[i].alg && sig.scheme.hash == cases[i].hash_alg &&
			   (cases[i].s_len ? sig.r : sig.rsa).left == cases[i].r_len &&
			   sig.s.left == cases[i].s_len,
		   cases[i].name);
		for (size_t len = 0; len < b.len; len++)
			held &= signature_refused(b.p, len, -EBADMSG, &what);
		put_fill(&b, 0, 1);
		held &= signature_refused(b.p, b.len, -EBADMSG, &what);
		ok(held, "signature: every prefix and a byte more are refused");
	}
}

static void test_signature_twins(void)
{
	static const char size[] = "an RSA signature of other than 2048, 3072, 4096 bits";
	static const char none[] = "an ECDSA signature without a number";
	static const char large[] = "a sized buffer larger than its kind may be";
	static const struct {
		uint16_t scheme, hash;
		size_t r_len, s_len;
		int error;
		const char *what;
	} cases[] = {
		{ ALG_NULL, ALG_SHA256, 256, 0, -ENOTSUP, "no signature at all" },
		{ 0x0005, ALG_SHA256, 32, 0, -ENOTSUP,
		  "a signature scheme that is not known here" },
		{ 0x001a, ALG_SHA256, 32, 32, -ENOTSUP,
		  "a signature scheme that is not known here" },
		{ ALG_RSASSA, ALG_SHA1, 256, 0, -ENOTSUP, "a signature over SHA-1" },
		{ ALG_ECDSA, ALG_SHA1, 32, 32, -ENOTSUP, "a signature over SHA-1" },
		{ ALG_RSASSA, 0x0012, 256, 0, -ENOTSUP, "a hash algorithm that is not known here" },
		{ ALG_RSASSA, ALG_SHA256, 255, 0, -EPROTO, size },
		{ ALG_RSASSA, ALG_SHA256, 128, 0, -EPROTO, size },
		{ ALG_RSAPSS, ALG_SHA256, 0, 0, -EPROTO, size },
		{ ALG_RSAPSS, ALG_SHA256, 513, 0, -EFBIG, large },
		{ ALG_ECDSA, ALG_SHA256, 0, 32, -EPROTO, none },
		{ ALG_ECDSA, ALG_SHA256, 49, 32, -EFBIG, large },
		{ ALG_ECDSA, ALG_SHA256, 32, 49, -EFBIG, large },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .len = 0 };
		const char *what = NULL;

		put_signature(&b, cases[i].scheme, cases[i].hash, number, cases[i].r_len, number,
			      cases[i].s_len);
		ok(signature_refused(b.p, b.len, cases[i].error, &what),
		   "signature: a twin is refused, its output untouched");
		is_str(what, cases[i].what, "signature: ... for its own reason");
	}
}

int main(void)
{
	test_read();
	test_banks();
	test_prefixes();
	test_twins();
	test_header();
	test_bytes();
	test_signatures();
	test_signature_twins();
	return tap_done();
}
