/* SPDX-License-Identifier: MIT */
/*
 * PE/COFF images (systemd-boot, the UKI, the kernel): what the boot measures of them.
 *
 * Sources: Microsoft "PE Format", sections "Optional Header" and "Section Table"; "Windows
 * Authenticode Portable Executable Signature Format", section "Calculating the PE Image Hash", in
 * the reading of EDK2's MeasurePeImageAndExtend(), which is what firmware does.
 */
#ifndef MEASURE_PREDICT_PE_H
#define MEASURE_PREDICT_PE_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

#define PE_SECTIONS_MAX 96 /* the limit that Windows' loader sets; a UKI has about fifteen */
#define PE_PIECES_MAX	(PE_SECTIONS_MAX + 4)

struct pe_section {
	char name[9];	       /* NUL-terminated */
	uint32_t vsize, vaddr; /* in memory */
	uint32_t size, off;    /* in the file */
};

struct pe {
	struct span file;
	size_t checksum_off, certdir_off; /* certdir_off 0: the header has no such entry */
	uint32_t headers_len, cert_len;
	size_t n_sections;
	struct pe_section section[PE_SECTIONS_MAX]; /* in the order of the table */
};

/*
 * Reads the headers. Everything they point to lies inside the file; no two sections share a byte of
 * the file or of memory; certificates, if any, are the last bytes. -EBADMSG malformed, -EPROTO a
 * rule broken, -EFBIG too many sections; ret_pe untouched then, diag (may be NULL) says where.
 */
int pe_parse(struct span file, struct pe *ret_pe, struct diag *diag);

/*
 * A section's bytes as they stand in memory: vsize of them. -EPROTO if that is more than the file
 * has (the loader would add zeros; no tool that we use makes such sections).
 */
int pe_section_bytes(const struct pe *pe, const struct pe_section *section, struct span *ret);

/* The pieces of the file that the Authenticode hash covers, in its order. */
int pe_authenticode(const struct pe *pe, struct span ret_pieces[static PE_PIECES_MAX],
		    size_t *ret_n);

#endif
