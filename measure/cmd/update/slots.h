/* SPDX-License-Identifier: MIT */
/*
 * The slots of a disk: UKIs in EFI/Linux, and which of them systemd-boot starts.
 *
 * A slot's name is rampart.efi or rampartN.efi, N from 2 on and larger for each update; with +LEFT or
 * +LEFT-DONE before its end the boots of it are counted: systemd-boot renames it before each, and one
 * with no boots left comes last.
 *
 * Sources: systemd 257, src/boot/boot.c, boot_entry_compare() (no boots left, sort key, version, name) and
 * boot_entry_parse_tries(); UAPI Group "Automatic Boot Assessment" and "Boot Loader Specification",
 * section "Sorting".
 */
#ifndef MEASURE_CMD_UPDATE_SLOTS_H
#define MEASURE_CMD_UPDATE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/predict/fat.h"

#define SLOTS_MAX	 2
#define SLOT_RELEASE_MAX 64  /* characters of a line's value in os-release, with the NUL */
#define SLOT_COUNTER_MAX 999 /* boots */
#define SLOT_NUMBER_MAX	 999999
#define SLOT_IN_WORK	 "rampart.new" /* what is being written; systemd-boot does not see it */

struct slot {
	/* In lower case: firmware and mtools write either, and on FAT it counts for nothing. */
	char name[FAT_NAME_MAX + 1];
	uint32_t number; /* 1: rampart.efi */
	bool is_counted; /* what follows is said */
	uint32_t left, done;
	char image[SLOT_RELEASE_MAX], version[SLOT_RELEASE_MAX]; /* IMAGE_ID, IMAGE_VERSION */
};

/* A name to number and counters. -EPROTO: it is no slot's, ret untouched. */
int slot_parse(const char *name, struct slot *ret);

/* The name from number and counters. */
void slot_name(const struct slot *slot, char ret_name[static FAT_NAME_MAX + 1]);

/* IMAGE_ID and IMAGE_VERSION of an os-release. -EPROTO: one is missing, or longer; ret untouched. */
int slot_release(struct span osrel, struct slot *ret);

/*
 * Whether systemd-boot prefers a to b while both have boots left: the version decides, then the name.
 * -EPROTO: they are not of one image, or it cannot be told, since a version is not digits and dots.
 */
int slot_is_before(const struct slot *a, const struct slot *b, bool *ret_before);

#endif
