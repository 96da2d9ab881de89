/* SPDX-License-Identifier: MIT */
#include "measure/predict/pe.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DOS_LEN		 64
#define DOS_PE_OFF	 60 /* e_lfanew */
#define COFF_LEN	 24 /* with the signature */
#define SECTION_LEN	 40
#define OPT_CHECKSUM_OFF 64 /* the same in PE32 and PE32+ */
#define DIR_CERT	 4  /* index of the certificate table */

/* Where the two forms of the optional header keep the number of data directories. */
#define PE32_MAGIC	 0x10b
#define PE32_N_DIRS_OFF	 92
#define PE32P_MAGIC	 0x20b
#define PE32P_N_DIRS_OFF 108

/* Where the COFF header is, and what it says about the rest. */
struct coff {
	size_t off;
	uint16_t n_sections, opt_len;
};

static int read_coff(struct span file, struct coff *coff, struct diag *diag)
{
	struct span dos, s;
	uint32_t off;

	if (span_at(&file, 0, DOS_LEN, &dos) < 0 || memcmp(dos.p, "MZ", 2) != 0)
		return diag_at(diag, 0, "not a PE image: no MZ header", -EBADMSG);
	(void)span_skip(&dos, DOS_PE_OFF);
	(void)span_u32le(&dos, &off);
	if (span_at(&file, off, COFF_LEN, &s) < 0 || memcmp(s.p, "PE\0", 4) != 0)
		return diag_at(diag, DOS_PE_OFF, "not a PE image: no PE header", -EBADMSG);
	(void)span_skip(&s, 4 + 2); /* signature, machine */
	(void)span_u16le(&s, &coff->n_sections);
	(void)span_skip(&s, 12); /* time, symbols */
	(void)span_u16le(&s, &coff->opt_len);
	coff->off = off;
	return 0;
}

/* The certificate table; firmware leaves its directory entry and its bytes out of the hash. */
static int read_certs(struct pe *pe, struct span opt, size_t opt_off, uint32_t n_dirs,
		      size_t dirs_off, struct diag *diag)
{
	uint32_t off, len;

	if (n_dirs <= DIR_CERT)
		return 0;
	if (span_skip(&opt, dirs_off + DIR_CERT * 8) < 0 || span_u32le(&opt, &off) < 0 ||
	    span_u32le(&opt, &len) < 0)
		return diag_at(diag, opt_off, "data directories cut short", -EBADMSG);
	if (len > 0 && (off > pe->file.left || len != pe->file.left - off))
		return diag_at(diag, opt_off + dirs_off + DIR_CERT * 8,
			       "certificates are not the end of the file", -EPROTO);
	pe->certdir_off = opt_off + dirs_off + DIR_CERT * 8;
	pe->cert_len = len;
	return 0;
}

static int read_optional(struct pe *pe, const struct coff *coff, struct diag *diag)
{
	size_t off = coff->off + COFF_LEN, n_dirs_off;
	struct span opt, s;
	uint32_t n_dirs;
	uint16_t magic;

	if (span_at(&pe->file, off, coff->opt_len, &opt) < 0)
		return diag_at(diag, off, "optional header cut short", -EBADMSG);
	s = opt;
	if (span_u16le(&s, &magic) < 0 || (magic != PE32_MAGIC && magic != PE32P_MAGIC))
		return diag_at(diag, off, "neither PE32 nor PE32+", -EBADMSG);
	n_dirs_off = magic == PE32_MAGIC ? PE32_N_DIRS_OFF : PE32P_N_DIRS_OFF;

	s = opt;
	if (span_skip(&s, OPT_CHECKSUM_OFF - 4) < 0 || span_u32le(&s, &pe->headers_len) < 0)
		return diag_at(diag, off, "optional header cut short", -EBADMSG);
	s = opt;
	if (span_skip(&s, n_dirs_off) < 0 || span_u32le(&s, &n_dirs) < 0)
		return diag_at(diag, off, "optional header cut short", -EBADMSG);
	pe->checksum_off = off + OPT_CHECKSUM_OFF;
	return read_certs(pe, opt, off, n_dirs, n_dirs_off + 4, diag);
}

static int read_section(struct span *table, struct pe_section *sec)
{
	struct span name;

	if (span_take(table, 8, &name) < 0 || span_u32le(table, &sec->vsize) < 0 ||
	    span_u32le(table, &sec->vaddr) < 0 || span_u32le(table, &sec->size) < 0 ||
	    span_u32le(table, &sec->off) < 0 || span_skip(table, SECTION_LEN - 24) < 0)
		return -EBADMSG;
	memcpy(sec->name, name.p, 8);
	return 0;
}

static bool ranges_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a_len > 0 && b_len > 0 && a < b + b_len && b < a + a_len;
}

/* A section against the file, the headers and the sections before it. */
static const char *bad_section(const struct pe *pe, const struct pe_section *sec)
{
	if (sec->size > 0 && (sec->off > pe->file.left || sec->size > pe->file.left - sec->off))
		return "section is not inside the file";
	if (sec->size > 0 && sec->off < pe->headers_len)
		return "section overlaps the headers";
	if ((uint64_t)sec->vaddr + sec->vsize > UINT32_MAX)
		return "section wraps around in memory";
	if (ranges_overlap(sec->off, sec->size, pe->file.left - pe->cert_len, pe->cert_len))
		return "section overlaps the certificates";
	for (size_t i = 0; i < pe->n_sections; i++) {
		const struct pe_section *other = &pe->section[i];

		if (ranges_overlap(sec->off, sec->size, other->off, other->size))
			return "sections overlap in the file";
		if (ranges_overlap(sec->vaddr, sec->vsize, other->vaddr, other->vsize))
			return "sections overlap in memory";
	}
	return NULL;
}

static int read_sections(struct pe *pe, const struct coff *coff, struct diag *diag)
{
	size_t off = coff->off + COFF_LEN + coff->opt_len;
	struct span table;

	if (coff->n_sections > PE_SECTIONS_MAX)
		return diag_at(diag, coff->off + 6, "too many sections", -EFBIG);
	if (span_at(&pe->file, off, (size_t)coff->n_sections * SECTION_LEN, &table) < 0)
		return diag_at(diag, off, "section table cut short", -EBADMSG);
	if (pe->headers_len > pe->file.left || pe->headers_len < off + table.left)
		return diag_at(diag, coff->off + COFF_LEN + OPT_CHECKSUM_OFF - 4,
			       "size of headers does not fit", -EBADMSG);
	for (size_t i = 0; i < coff->n_sections; i++) {
		struct pe_section sec = { 0 };
		const char *what;

		if (read_section(&table, &sec) < 0)
			return diag_at(diag, off, "section table cut short", -EBADMSG);
		what = bad_section(pe, &sec);
		if (what)
			return diag_at(diag, off + i * SECTION_LEN, what, -EPROTO);
		pe->section[pe->n_sections++] = sec;
	}
	return 0;
}

int pe_parse(struct span file, struct pe *ret_pe, struct diag *diag)
{
	struct pe pe = { .file = file };
	struct coff coff = { 0 };
	int r;

	r = read_coff(file, &coff, diag);
	if (r < 0)
		return r;
	r = read_optional(&pe, &coff, diag);
	if (r < 0)
		return r;
	r = read_sections(&pe, &coff, diag);
	if (r < 0)
		return r;
	*ret_pe = pe;
	return 0;
}

int pe_section_bytes(const struct pe *pe, const struct pe_section *section, struct span *ret)
{
	if (section->vsize > section->size)
		return -EPROTO;
	return span_at(&pe->file, section->off, section->vsize, ret);
}

static void add_piece(struct span *pieces, size_t *n, const struct pe *pe, size_t from, size_t to)
{
	if (to > from)
		pieces[(*n)++] = span_of(pe->file.p + from, to - from);
}

/* Sections with bytes in the file, by their place in it; no two have the same. */
static size_t sort_sections(const struct pe *pe, const struct pe_section **sorted)
{
	size_t n = 0;

	for (size_t i = 0; i < pe->n_sections; i++) {
		size_t at = n;

		if (pe->section[i].size == 0)
			continue;
		for (; at > 0 && sorted[at - 1]->off > pe->section[i].off; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = &pe->section[i];
		n++;
	}
	return n;
}

int pe_authenticode(const struct pe *pe, struct span ret_pieces[static PE_PIECES_MAX],
		    size_t *ret_n)
{
	const struct pe_section *sorted[PE_SECTIONS_MAX] = { NULL };
	size_t n = 0, n_sorted = sort_sections(pe, sorted);
	size_t end = pe->file.left - pe->cert_len, hashed = pe->headers_len;
	size_t after_checksum = pe->checksum_off + 4;

	for (size_t i = 0; i < n_sorted; i++)
		hashed += sorted[i]->size;
	/* Firmware takes the number of bytes hashed so far for the offset of the trailing bytes. */
	if (hashed > end)
		return -EPROTO;

	add_piece(ret_pieces, &n, pe, 0, pe->checksum_off);
	if (pe->certdir_off > 0) {
		add_piece(ret_pieces, &n, pe, after_checksum, pe->certdir_off);
		after_checksum = pe->certdir_off + 8;
	}
	add_piece(ret_pieces, &n, pe, after_checksum, pe->headers_len);
	for (size_t i = 0; i < n_sorted; i++)
		add_piece(ret_pieces, &n, pe, sorted[i]->off,
			  (size_t)sorted[i]->off + sorted[i]->size);
	add_piece(ret_pieces, &n, pe, hashed, end);
	*ret_n = n;
	return 0;
}
