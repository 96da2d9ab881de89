/* SPDX-License-Identifier: MIT */
/*
 * pe_parse() and uki_parse(): everything that they point to is in the file, and nothing is twice.
 * What is no signature of its own does not start it.
 */
#include "measure/predict/pe.h"
#include <errno.h>

#include "measure/predict/authenticode.h"
#include "measure/predict/secureboot.h"
#include "measure/predict/uki.h"
#include "tests/fuzz/fuzz.h"

static void check_sections(const struct pe *pe, struct span input)
{
	require(pe->n_sections <= PE_SECTIONS_MAX && pe->headers_len <= input.left &&
		pe->cert_len <= input.left);
	for (size_t i = 0; i < pe->n_sections; i++) {
		const struct pe_section *sec = &pe->section[i];
		struct span bytes = { 0 };

		require(sec->name[8] == 0);
		require(sec->size == 0 || (sec->off >= pe->headers_len &&
					   (uint64_t)sec->off + sec->size <= input.left));
		if (pe_section_bytes(pe, sec, &bytes) == 0)
			require(is_inside(bytes, input) && bytes.left == sec->vsize);
		else
			require(bytes.left == 0);
	}
}

/* The pieces follow each other in the file, but for the sections' gaps. */
static void check_authenticode(const struct pe *pe, struct span input)
{
	struct span piece[PE_PIECES_MAX];
	size_t n = SIZE_MAX, total = 0;

	if (pe_authenticode(pe, piece, &n) < 0) {
		require(n == SIZE_MAX);
		return;
	}
	require(n <= PE_PIECES_MAX);
	for (size_t i = 0; i < n; i++) {
		require(piece[i].left > 0 && is_inside(piece[i], input));
		total += piece[i].left;
	}
	require(total <= input.left);
}

/* With the file itself as signature lists, no entry of which can be a certificate that signed it. */
static void check_signatures(const struct pe *pe, struct span input)
{
	struct secureboot keys = { 0 };
	struct span der, entry;
	struct digest hash;
	int r;

	if (authenticode_hash(pe, &hash) < 0)
		return;

	for (size_t n = 0; (r = authenticode_signature(pe, n, &der)) == 0; n++) {
		require(is_inside(der, input));
		require(authenticode_signed_by(&hash, der, input) < 0);
	}
	require(r == -ENOENT || r == -EBADMSG);
	keys.list[SECUREBOOT_DB] = input;
	require(secureboot_allows(&keys, pe, &entry) < 0);
}

static size_t check_pieces(const struct span *piece, size_t n)
{
	size_t total = 0;

	require(n <= UKI_INITRD_PIECES_MAX);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < piece[i].left; k++)
			total += piece[i].p[k] | 1; /* each byte can be read */
		require(piece[i].left > 0);
	}
	return total;
}

static void check_uki(const struct uki *uki, struct span input)
{
	static uint8_t scratch[UKI_SCRATCH_LEN], options[512];
	struct span piece[UKI_INITRD_PIECES_MAX];
	size_t n = SIZE_MAX, len = SIZE_MAX;

	for (size_t i = 0; i < _UKI_SECTION_MAX; i++)
		require(is_inside(uki->section[i], input));
	require(uki->section[UKI_LINUX].left > 0);
	if (uki_load_options(uki, options, sizeof(options), &len) == 0)
		require(len <= sizeof(options) && len % 2 == 0 &&
			(len == 0 || (options[len - 1] == 0 && options[len - 2] == 0)));
	else
		require(len == SIZE_MAX);
	if (uki_initrd(uki, scratch, piece, &n) == 0)
		(void)check_pieces(piece, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pe pe;
	static struct uki uki;
	struct span input = span_of(data, size);
	struct diag diag = { .off = SIZE_MAX };

	memset(&pe, FRESH, sizeof(pe));
	memset(&uki, FRESH, sizeof(uki));
	if (pe_parse(input, &pe, &diag) < 0) {
		require(is_fresh(&pe, sizeof(pe)) && diag.what);
		require(uki_parse(input, &uki, &diag) < 0 && is_fresh(&uki, sizeof(uki)));
		return 0;
	}
	check_sections(&pe, input);
	check_authenticode(&pe, input);
	check_signatures(&pe, input);
	if (uki_parse(input, &uki, &diag) < 0)
		require(is_fresh(&uki, sizeof(uki)) && diag.what);
	else
		check_uki(&uki, input);
	return 0;
}
