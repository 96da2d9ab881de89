/* SPDX-License-Identifier: MIT */
#include "measure/predict/uki.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"
#include "tests/lib/ukimake.h"

static int parse(struct bytes *b, const struct part *part, size_t n, struct uki *ret)
{
	put_uki(b, part, n);
	return uki_parse(span_of(b->p, b->len), ret, NULL);
}

static int section_is(const struct uki *uki, enum uki_section i, const char *text)
{
	return uki->section[i].left == strlen(text) &&
	       (*text == 0 || !memcmp(uki->section[i].p, text, strlen(text)));
}

static void test_sections(void)
{
	static const struct part parts[] = {
		{ ".cmdline", "quiet" }, { ".linux", "kernel" }, { ".linux2", "other" },
		{ ".osrel", "" },	 { ".linux", "second" },
	};
	struct bytes b;
	struct uki uki;

	is_int(parse(&b, parts, 5, &uki), 0, "uki: is read");
	ok(section_is(&uki, UKI_LINUX, "kernel"),
	   "uki: of two sections of a name the first counts");
	ok(section_is(&uki, UKI_OSREL, ""), "uki: an empty section is as good as none");
	is_int(parse(&b, parts, 1, &uki), -EPROTO, "uki: without a kernel it is none");
}

static void test_profiles(void)
{
	static const struct part parts[] = {
		{ ".linux", "kernel" },	   { ".cmdline", "base" },     { ".osrel", "os" },
		{ ".profile", "ID=main" }, { ".cmdline", "first" },    { ".profile", "ID=other" },
		{ ".cmdline", "second" },  { ".initrd", "of second" },
	};
	struct bytes b;
	struct uki uki;

	is_int(parse(&b, parts, 8, &uki), 0, "uki: with profiles is read");
	ok(section_is(&uki, UKI_CMDLINE, "first") && section_is(&uki, UKI_PROFILE, "ID=main"),
	   "uki: the default profile's sections go before the common ones");
	ok(section_is(&uki, UKI_OSREL, "os"), "uki: common ones are used where it has none");
	ok(section_is(&uki, UKI_INITRD, ""), "uki: another profile's are not");
}

static void test_refused(void)
{
	static const struct part parts[] = { { ".linux", "kernel" }, { ".dtbauto", "dtb" } };
	struct uki uki = { .pe = { .n_sections = 4711 } };
	struct bytes b;

	is_int(parse(&b, parts, 2, &uki), -ENOTSUP,
	       "uki: what depends on the machine's devicetree is refused");
	ok(uki.pe.n_sections == 4711, "uki: and nothing is set then");
	put_uki(&b, parts, 1);
	set_le(b.p + UKI_TABLE_OFF + 8, 17, 4);
	is_int(uki_parse(span_of(b.p, b.len), &uki, NULL), -EPROTO,
	       "uki: a section longer in memory than in the file is refused");
}

/* What the command line becomes, as text; the test fails if it is not UTF-16LE with a NUL. */
static const char *options_of(const char *cmdline)
{
	struct part parts[] = { { ".linux", "kernel" }, { ".cmdline", cmdline } };
	static char text[64];
	uint8_t utf16[128];
	struct bytes b;
	struct uki uki;
	size_t len = 4711;

	if (parse(&b, parts, 2, &uki) < 0 || uki_load_options(&uki, utf16, sizeof(utf16), &len) < 0)
		return "(error)";
	if (len == 0)
		return "(none)";
	for (size_t i = 0; i < len; i += 2) {
		if (utf16[i + 1] != 0)
			return "(not UTF-16)";
		text[i / 2] = (char)utf16[i];
	}
	return text[len / 2 - 1] == 0 && strlen(text) == len / 2 - 1 ? text : "(no NUL at the end)";
}

static void test_load_options(void)
{
	static const struct part parts[] = { { ".linux", "kernel" }, { ".cmdline", "quiet" } };
	struct bytes b;
	struct uki uki;
	uint8_t buf[12];
	size_t len = 4711;

	is_str(options_of("console=ttyS0 quiet"), "console=ttyS0 quiet",
	       "uki: the command line is handed on");
	is_str(options_of(" \t a\tb\x01\nc  d \n\x7f"), "a b  c  d",
	       "uki: without white space at its ends, inside with a space for every control character");
	is_str(options_of(" \n"), "", "uki: of white space only, it is an empty string");
	is_str(options_of(""), "(none)", "uki: an empty section is no command line");
	is_str(options_of("caf\xc3\xa9"), "(error)", "uki: other than ASCII is refused");

	(void)parse(&b, parts, 2, &uki);
	is_int(uki_load_options(&uki, buf, 11, &len), -ENOSPC,
	       "uki: one that does not fit is refused");
	is_int((int64_t)len, 4711, "uki: and nothing is set then");
	ok(uki_load_options(&uki, buf, 12, &len) == 0 && len == 12,
	   "uki: one that just fits is not");
}

static void initrd_of(const struct part *part, size_t n, struct bytes *ret)
{
	struct span piece[UKI_INITRD_PIECES_MAX];
	uint8_t scratch[UKI_SCRATCH_LEN];
	struct bytes b;
	struct uki uki;
	size_t n_pieces = 0;

	ret->len = 0;
	if (parse(&b, part, n, &uki) < 0 || uki_initrd(&uki, scratch, piece, &n_pieces) < 0)
		return;
	for (size_t i = 0; i < n_pieces; i++)
		put(ret, piece[i].p, piece[i].left);
}

/* The archive that the stub writes for a file, with every field spelt out. */
static void put_archive(struct bytes *b, const char *name_len, const char *path, const char *size,
			const char *text)
{
	static const char zeros[] = "00000000";

	put(b, "070701000000010000416d00000000000000000000000100000000", 54);
	for (size_t i = 0; i < 5; i++)
		put(b, zeros, 8);
	put(b, "0000000700000000.extra\0\0\0\0", 26);
	put(b, "070701000000020000812400000000000000000000000100000000", 54);
	put(b, size, 8);
	for (size_t i = 0; i < 4; i++)
		put(b, zeros, 8);
	put(b, name_len, 8);
	put(b, zeros, 8);
	put(b, path, strlen(path) + 1);
	put_fill(b, 0, -b->len & 3);
	put(b, text, strlen(text));
	put_fill(b, 0, -b->len & 3);
	put(b, "070701000000000000000000000000000000000000000100000000", 54);
	for (size_t i = 0; i < 5; i++)
		put(b, zeros, 8);
	put(b, "0000000B00000000TRAILER!!!\0\0\0", 30);
}

static void test_initrd(void)
{
	static const struct part alone[] = { { ".linux", "kernel" }, { ".initrd", "12345" } };
	static const struct part all[] = {
		{ ".linux", "kernel" },	   { ".osrel", "ID=x" },     { ".initrd", "12345" },
		{ ".pcrsig", "sig" },	   { ".pcrpkey", "public" }, { ".ucode", "u" },
		{ ".profile", "ID=main" },
	};
	struct bytes got, expected = { .len = 0 };

	initrd_of(alone, 1, &got);
	is_int((int64_t)got.len, 0, "uki: without an initrd the kernel gets none");
	initrd_of(alone, 2, &got);
	ok(got.len == 5 && !memcmp(got.p, "12345", 5),
	   "uki: a lone .initrd is handed over as it is");

	put(&expected, "u\0\0\00012345\0\0\0", 12);
	put_archive(&expected, "0000001f", ".extra/tpm2-pcr-signature.json", "00000003", "sig");
	put_archive(&expected, "0000001f", ".extra/tpm2-pcr-public-key.pem", "00000006", "public");
	put_archive(&expected, "00000012", ".extra/os-release", "00000004", "ID=x");
	put_archive(&expected, "0000000f", ".extra/profile", "00000007", "ID=main");
	initrd_of(all, 7, &got);
	ok(got.len == expected.len && !memcmp(got.p, expected.p, got.len),
	   "uki: .ucode, .initrd, then an archive each for signature, key, os-release and profile");
}

static void test_prefixes(void)
{
	static const struct part parts[] = { { ".cmdline", "quiet" },
					     { ".initrd", "0123456789abcdef" },
					     { ".linux", "a kernel of 16 b" } };
	struct bytes b;
	int held = 1;

	put_uki(&b, parts, 3);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *copy = exact_copy(b.p, len);
		struct uki uki = { .pe = { .n_sections = 4711 } };
		struct diag diag = { 0 };

		held &= uki_parse(span_of(copy, len), &uki, &diag) < 0 && diag.what &&
			uki.pe.n_sections == 4711;
		free(copy);
	}
	ok(held, "uki: every prefix is an error");
}

int main(void)
{
	test_prefixes();
	test_sections();
	test_profiles();
	test_refused();
	test_load_options();
	test_initrd();
	return tap_done();
}
