/* SPDX-License-Identifier: MIT */
#include "measure/predict/uki.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/array.h"

const char *const uki_section_names[_UKI_SECTION_MAX] = {
	[UKI_LINUX] = ".linux",	    [UKI_OSREL] = ".osrel",	[UKI_CMDLINE] = ".cmdline",
	[UKI_INITRD] = ".initrd",   [UKI_UCODE] = ".ucode",	[UKI_SPLASH] = ".splash",
	[UKI_DTB] = ".dtb",	    [UKI_UNAME] = ".uname",	[UKI_SBAT] = ".sbat",
	[UKI_PCRSIG] = ".pcrsig",   [UKI_PCRPKEY] = ".pcrpkey", [UKI_PROFILE] = ".profile",
	[UKI_DTBAUTO] = ".dtbauto", [UKI_HWIDS] = ".hwids",
};

/* Index of the next section called .profile from i on, or the number of sections. */
static size_t find_profile(const struct pe *pe, size_t i)
{
	while (i < pe->n_sections && strcmp(pe->section[i].name, ".profile") != 0)
		i++;
	return i;
}

static const struct pe_section *find_between(const struct pe *pe, size_t from, size_t to,
					     const char *name)
{
	for (size_t i = from; i < to; i++)
		if (!strcmp(pe->section[i].name, name))
			return &pe->section[i];
	return NULL;
}

/*
 * Sections before the first .profile are common; what stands between it and the next one belongs to
 * profile 0 and goes first.
 */
static const struct pe_section *find_section(const struct pe *pe, const char *name)
{
	size_t first = find_profile(pe, 0);
	const struct pe_section *sec;

	if (first < pe->n_sections) {
		sec = find_between(pe, first, find_profile(pe, first + 1), name);
		if (sec)
			return sec;
	}
	return find_between(pe, 0, first, name);
}

int uki_parse(struct span file, struct uki *ret_uki, struct diag *diag)
{
	struct uki uki = { 0 };
	int r;

	r = pe_parse(file, &uki.pe, diag);
	if (r < 0)
		return r;
	for (size_t i = 0; i < _UKI_SECTION_MAX; i++) {
		const struct pe_section *sec = find_section(&uki.pe, uki_section_names[i]);

		if (!sec || sec->vsize == 0)
			continue;
		if (i == UKI_DTBAUTO)
			return diag_at(diag, sec->off,
				       "a .dtbauto section: machines differ in using it", -ENOTSUP);
		r = pe_section_bytes(&uki.pe, sec, &uki.section[i]);
		if (r < 0)
			return diag_at(diag, sec->off,
				       "section is longer in memory than in the file", r);
	}
	if (uki.section[UKI_LINUX].left == 0)
		return diag_at(diag, 0, "not a unified kernel image: no .linux section", -EPROTO);
	*ret_uki = uki;
	return 0;
}

static int is_space(uint8_t c)
{
	return c <= 0x20 || c == 0x7f;
}

int uki_load_options(const struct uki *uki, uint8_t *buf, size_t size, size_t *ret_len)
{
	struct span s = uki->section[UKI_CMDLINE];
	const uint8_t *nul;
	size_t n = 0;

	if (s.left == 0) {
		*ret_len = 0;
		return 0;
	}
	nul = memchr(s.p, 0, s.left);
	if (nul)
		s.left = (size_t)(nul - s.p);
	while (s.left > 0 && is_space(s.p[0]))
		(void)span_skip(&s, 1);
	while (s.left > 0 && is_space(s.p[s.left - 1]))
		s.left--;

	if (s.left >= size / 2)
		return -ENOSPC;
	for (size_t i = 0; i < s.left; i++)
		if (s.p[i] >= 0x80)
			return -EBADMSG;
	for (size_t i = 0; i < s.left; i++) {
		buf[n++] = is_space(s.p[i]) ? ' ' : s.p[i];
		buf[n++] = 0;
	}
	buf[n++] = 0;
	buf[n++] = 0;
	*ret_len = n;
	return 0;
}

/* The initrd as it is put together. */
struct builder {
	struct span *piece;
	size_t n;
	uint8_t *scratch; /* what is left of it */
};

static void add(struct builder *b, const void *p, size_t len)
{
	if (len > 0)
		b->piece[b->n++] = span_of(p, len);
}

static void add_padding(struct builder *b, size_t len)
{
	static const uint8_t zero[4];

	add(b, zero, -len & 3);
}

/* A newc header and its name with the NUL, padded to 4. Returns its length. */
static size_t newc_header(uint8_t *out, unsigned ino, unsigned mode, size_t size, const char *name)
{
	size_t name_len = strlen(name) + 1;
	int n = sprintf((char *)out,
			"070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s", ino, mode,
			0, 0, 1, 0, size, 0, 0, 0, 0, name_len, 0, name);
	size_t len = (size_t)n + 1;

	for (; len % 4 != 0; len++)
		out[len] = 0;
	return len;
}

/*
 * One section as a file in /.extra. The upper-case B is the stub's own: it writes the trailer as
 * literal text.
 */
static int add_archive(struct builder *b, const char *path, struct span contents)
{
	static const char trailer[] =
		"07070100000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000B00000000TRAILER!!!\0\0\0";
	size_t len;

	if (contents.left > UINT32_MAX)
		return -EFBIG;
	len = newc_header(b->scratch, 1, 0040555, 0, ".extra");
	len += newc_header(b->scratch + len, 2, 0100444, contents.left, path);
	add(b, b->scratch, len);
	b->scratch += len;
	add(b, contents.p, contents.left);
	add_padding(b, contents.left);
	add(b, trailer, sizeof(trailer));
	return 0;
}

int uki_initrd(const struct uki *uki, uint8_t scratch[static UKI_SCRATCH_LEN],
	       struct span ret_pieces[static UKI_INITRD_PIECES_MAX], size_t *ret_n)
{
	static const struct {
		enum uki_section section;
		const char *path;
	} files[] = {
		{ UKI_PCRSIG, ".extra/tpm2-pcr-signature.json" },
		{ UKI_PCRPKEY, ".extra/tpm2-pcr-public-key.pem" },
		{ UKI_OSREL, ".extra/os-release" },
		{ UKI_PROFILE, ".extra/profile" },
	};
	static const enum uki_section archives[] = { UKI_UCODE, UKI_INITRD };
	struct builder b = { .piece = ret_pieces, .scratch = scratch };
	size_t n_initrds = 0;

	for (size_t i = 0; i < 2; i++)
		n_initrds += uki->section[archives[i]].left > 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		n_initrds += uki->section[files[i].section].left > 0;

	for (size_t i = 0; i < 2; i++) {
		struct span s = uki->section[archives[i]];

		add(&b, s.p, s.left);
		if (n_initrds > 1) /* a single one is handed over where it stands */
			add_padding(&b, s.left);
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct span s = uki->section[files[i].section];

		if (s.left > 0 && add_archive(&b, files[i].path, s) < 0)
			return -EFBIG;
	}
	*ret_n = b.n;
	return 0;
}
