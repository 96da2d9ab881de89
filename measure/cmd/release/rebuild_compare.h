/* SPDX-License-Identifier: MIT */
/* Two release folders, file by file. */
#ifndef MEASURE_CMD_RELEASE_REBUILD_COMPARE_H
#define MEASURE_CMD_RELEASE_REBUILD_COMPARE_H

#include <stdbool.h>

/*
 * Compares the bytes of every file that either list of sha256sums names, and says of each on
 * standard output whether it is equal, and where not; of golden.json also which events differ. With
 * is_part, a file of the release that is not there is known by its digest in that list.
 * EXIT_HOLDS, EXIT_DIFFERS, or EXIT_UNSURE after an error line.
 */
int rebuild_compare(const char *command, const char *release_dir, bool is_part,
		    const char *rebuilt_dir);

/*
 * Of a release for Secure Boot: whether its signatures are of the boot loader and the UKI that were
 * built, by a certificate in its db. built_dir has both, boot.efi and rampart.efi, with the
 * signatures on them; what is not there is passed over. Says of each on standard output its
 * Authenticode digest, which no signature changes. Returns as above.
 */
int rebuild_signed(const char *command, const char *release_dir, const char *built_dir);

#endif
