/* SPDX-License-Identifier: MIT */
/*
 * A unified kernel image as systemd-stub 257 measures and starts it.
 *
 * Sources: systemd 257, src/fundamental/uki.c (the order of the sections), src/boot/stub.c (what is
 * measured, how the initrd is put together), src/boot/cpio.c (the small archives), src/boot/util.c
 * mangle_stub_cmdline(); UAPI Group "Unified Kernel Image", section "UKI Components". Checked
 * against boots of this very stub; see MEASUREMENTS.md.
 */
#ifndef MEASURE_PREDICT_UKI_H
#define MEASURE_PREDICT_UKI_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/predict/pe.h"

/* In the order in which the stub measures them into PCR 11. */
enum uki_section {
	UKI_LINUX,
	UKI_OSREL,
	UKI_CMDLINE,
	UKI_INITRD,
	UKI_UCODE,
	UKI_SPLASH,
	UKI_DTB,
	UKI_UNAME,
	UKI_SBAT,
	UKI_PCRSIG, /* not measured itself: it signs the result */
	UKI_PCRPKEY,
	UKI_PROFILE,
	UKI_DTBAUTO,
	UKI_HWIDS,
	_UKI_SECTION_MAX
};

extern const char *const uki_section_names[_UKI_SECTION_MAX]; /* ".linux" */

struct uki {
	struct pe pe;
	struct span section[_UKI_SECTION_MAX]; /* bytes in memory; left 0 = absent */
};

/*
 * Reads a UKI and finds the sections that its default profile (0) uses. Errors as pe_parse();
 * -EPROTO no .linux; -ENOTSUP a .dtbauto section, whose choice depends on the machine.
 */
int uki_parse(struct span file, struct uki *ret_uki, struct diag *diag);

/*
 * The LoadOptions that the kernel gets: .cmdline as UTF-16LE with a NUL, white space and control
 * characters at both ends dropped, each inner one a space. No bytes if there is no .cmdline.
 * -EBADMSG not ASCII; -ENOSPC more than size bytes; ret untouched then.
 */
int uki_load_options(const struct uki *uki, uint8_t *buf, size_t size, size_t *ret_len);

/* Room for what the stub adds to the initrd: headers and trailers of up to four archives. */
#define UKI_SCRATCH_LEN	      2048
#define UKI_INITRD_PIECES_MAX 20

/*
 * The initrd that the kernel gets, as pieces in order: .ucode, .initrd, then a newc archive each
 * for .pcrsig, .pcrpkey, .osrel and .profile as a file in /.extra. If there is more than one of
 * these, each is padded with zeros to a multiple of 4. No pieces: the kernel gets no initrd. Pieces
 * point into the UKI and into scratch. -EFBIG a section too large for the archive format.
 */
int uki_initrd(const struct uki *uki, uint8_t scratch[static UKI_SCRATCH_LEN],
	       struct span ret_pieces[static UKI_INITRD_PIECES_MAX], size_t *ret_n);

#endif
