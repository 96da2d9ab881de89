/* SPDX-License-Identifier: MIT */
#include "measure/predict/pe.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

/* Where make_pe() puts things. */
enum {
	PE_OFF = 64,
	OPT_OFF = PE_OFF + 24,
	CHECKSUM_OFF = OPT_OFF + 64,
	DIRS_OFF = OPT_OFF + 112,
	OPT_LEN = 112 + 16 * 8,
	TABLE_OFF = OPT_OFF + OPT_LEN,
	HEADERS_LEN = 0x200,
	CERT_LEN = 24,
};

static void put_section(uint8_t *p, const char *name, uint32_t vsize, uint32_t vaddr, uint32_t size,
			uint32_t off)
{
	memcpy(p, name, strlen(name));
	set_le(p + 8, vsize, 4);
	set_le(p + 12, vaddr, 4);
	set_le(p + 16, size, 4);
	set_le(p + 20, off, 4);
}

/*
 * PE32+: headers, then .b and .a in the file (the table has .a first), an empty .bss, eight more
 * bytes, and certificates if asked for.
 */
static void make_pe(struct bytes *b, int with_certs)
{
	b->len = 0;
	put_fill(b, 0, HEADERS_LEN);
	memcpy(b->p, "MZ", 2);
	set_le(b->p + 60, PE_OFF, 4);
	memcpy(b->p + PE_OFF, "PE\0", 4);
	set_le(b->p + PE_OFF + 4, 0x8664, 2);
	set_le(b->p + PE_OFF + 6, 3, 2);
	set_le(b->p + PE_OFF + 20, OPT_LEN, 2);
	set_le(b->p + OPT_OFF, 0x20b, 2);
	set_le(b->p + OPT_OFF + 60, HEADERS_LEN, 4);
	set_le(b->p + CHECKSUM_OFF, 0xdeadbeef, 4);
	set_le(b->p + OPT_OFF + 108, 16, 4);
	put_section(b->p + TABLE_OFF, ".a", 100, 0x2000, 0x80, 0x300);
	put_section(b->p + TABLE_OFF + 40, ".b", 0x100, 0x1000, 0x100, 0x200);
	put_section(b->p + TABLE_OFF + 80, ".bss", 0x1000, 0x3000, 0, 0);
	put_fill(b, 'b', 0x100);
	put_fill(b, 'a', 0x80);
	put_fill(b, 't', 8);
	if (with_certs) {
		set_le(b->p + DIRS_OFF + 32, b->len, 4);
		set_le(b->p + DIRS_OFF + 36, CERT_LEN, 4);
		put_fill(b, 'c', CERT_LEN);
	}
}

static int parse(const struct bytes *b, struct pe *ret)
{
	return pe_parse(span_of(b->p, b->len), ret, NULL);
}

/* The pieces put together, compared with what must be left of the file. */
static void test_hashed_bytes(int with_certs, const char *name)
{
	struct bytes b, expected = { .len = 0 }, got = { .len = 0 };
	struct span piece[PE_PIECES_MAX];
	struct pe pe;
	size_t n = 0;

	make_pe(&b, with_certs);
	put(&expected, b.p, CHECKSUM_OFF);
	put(&expected, b.p + CHECKSUM_OFF + 4, DIRS_OFF + 32 - CHECKSUM_OFF - 4);
	put(&expected, b.p + DIRS_OFF + 40, b.len - DIRS_OFF - 40 - (with_certs ? CERT_LEN : 0));
	is_int(parse(&b, &pe), 0, "pe: a small image is read");
	is_int(pe_authenticode(&pe, piece, &n), 0, "pe: it has an Authenticode hash");
	for (size_t i = 0; i < n; i++)
		put(&got, piece[i].p, piece[i].left);
	ok(got.len == expected.len && !memcmp(got.p, expected.p, got.len), name);
}

static void test_sections(void)
{
	struct bytes b;
	struct span s;
	struct pe pe;

	make_pe(&b, 0);
	(void)parse(&b, &pe);
	is_int((int64_t)pe.n_sections, 3, "pe: all sections are found");
	is_str(pe.section[1].name, ".b", "pe: in the order of the table");
	ok(pe_section_bytes(&pe, &pe.section[0], &s) == 0 && s.left == 100 && s.p[0] == 'a',
	   "pe: a section has as many bytes as it has in memory, not in the file");
	s.left = 4711;
	is_int(pe_section_bytes(&pe, &pe.section[2], &s), -EPROTO,
	       "pe: a section longer in memory than in the file is refused");
	is_int((int64_t)s.left, 4711, "pe: and nothing is set then");
}

/*
 * PE32 has its directories 16 bytes earlier; without enough of them, nothing is left out for one.
 */
static void test_forms(void)
{
	struct span piece[PE_PIECES_MAX];
	struct bytes b;
	struct pe pe;
	size_t n = 0;

	make_pe(&b, 0);
	set_le(b.p + OPT_OFF, 0x10b, 2);
	set_le(b.p + OPT_OFF + 92, 16, 4);
	ok(parse(&b, &pe) == 0 && pe.certdir_off == OPT_OFF + 96 + 32, "pe: PE32 is read too");

	make_pe(&b, 0);
	set_le(b.p + OPT_OFF + 108, 4, 4);
	ok(parse(&b, &pe) == 0 && pe.certdir_off == 0,
	   "pe: the directories may end before certificates");
	ok(pe_authenticode(&pe, piece, &n) == 0 && n == 5 && piece[1].p == b.p + CHECKSUM_OFF + 4 &&
		   piece[1].left == HEADERS_LEN - CHECKSUM_OFF - 4,
	   "pe: then only the checksum is left out of the headers");
}

static void test_prefixes(void)
{
	static const struct pe untouched = { .n_sections = 4711 };
	int held = 1;
	struct bytes b;

	make_pe(&b, 0);
	for (size_t len = 0; len <= b.len; len++) {
		uint8_t *copy = exact_copy(b.p, len);
		struct pe pe = untouched;
		struct diag diag = { 0 };
		int r = pe_parse(span_of(copy, len), &pe, &diag);

		/* The bytes behind the last section belong to nobody: without them it is an image
		 * too. */
		if (len >= b.len - 8)
			held &= r == 0 && pe.n_sections == 3;
		else
			held &= r < 0 && diag.what && pe.n_sections == untouched.n_sections;
		free(copy);
	}
	ok(held, "pe: every prefix that cuts a header or a section is an error");

	make_pe(&b, 1);
	held = 1;
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *copy = exact_copy(b.p, len);
		struct pe pe = untouched;

		held &= pe_parse(span_of(copy, len), &pe, NULL) < 0;
		free(copy);
	}
	ok(held, "pe: every prefix of a signed image is an error");
}

static void test_twins(void)
{
	static const struct {
		size_t off, len;
		uint64_t value;
		int error;
		const char *name;
	} twins[] = {
		{ 0, 2, 0x4d5b, -EBADMSG, "pe: no MZ" },
		{ 60, 4, 0xfffffff0, -EBADMSG, "pe: a PE header past the end" },
		{ PE_OFF, 4, 0x4551, -EBADMSG, "pe: no PE signature" },
		{ PE_OFF + 6, 2, 97, -EFBIG, "pe: 97 sections" },
		{ PE_OFF + 20, 2, 0xffff, -EBADMSG, "pe: an optional header past the end" },
		{ PE_OFF + 20, 2, 60, -EBADMSG, "pe: an optional header too short" },
		{ OPT_OFF, 2, 0x107, -EBADMSG, "pe: neither PE32 nor PE32+" },
		{ OPT_OFF + 60, 4, TABLE_OFF, -EBADMSG,
		  "pe: headers shorter than the section table" },
		{ OPT_OFF + 60, 4, 0x10000, -EBADMSG, "pe: headers longer than the file" },
		{ DIRS_OFF + 36, 4, 16, -EPROTO, "pe: certificates that are not the end" },
		{ DIRS_OFF + 36, 4, 0xffffffff, -EPROTO, "pe: certificates past the end" },
		{ TABLE_OFF + 16, 4, 0xffffffff, -EPROTO, "pe: a section past the end" },
		{ TABLE_OFF + 20, 4, 0xffffffff, -EPROTO,
		  "pe: a section that begins past the end" },
		{ TABLE_OFF + 20, 4, 0x2ff, -EPROTO, "pe: sections that share a byte of the file" },
		{ TABLE_OFF + 20, 4, 0x100, -EPROTO, "pe: a section inside the headers" },
		{ TABLE_OFF + 16, 4, 0x89, -EPROTO,
		  "pe: a section that reaches into the certificates" },
		{ TABLE_OFF + 12, 4, 0x10ff, -EPROTO, "pe: sections that share a byte of memory" },
		{ TABLE_OFF + 12, 4, 0xfffffff0, -EPROTO, "pe: a section that wraps in memory" },
	};

	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		struct pe pe = { .n_sections = 4711 };
		struct bytes b;
		int r;

		make_pe(&b, 1);
		set_le(b.p + twins[i].off, twins[i].value, twins[i].len);
		r = parse(&b, &pe);
		is_int(pe.n_sections == 4711 ? r : 0, twins[i].error, twins[i].name);
	}
}

int main(void)
{
	test_hashed_bytes(0, "pe: checksum and certificate entry are left out of the hash");
	test_hashed_bytes(1, "pe: and so are the certificates");
	test_sections();
	test_forms();
	test_prefixes();
	test_twins();
	return tap_done();
}
