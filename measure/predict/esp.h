/* SPDX-License-Identifier: MIT */
/*
 * The EFI system partition of a disk: where it is, and what may be on it. With anything else there the
 * boot would not be, or might not be, the predicted one.
 *
 * Source of the names: systemd 257, man pages systemd-boot(7) and systemd-stub(7), section "Files".
 */
#ifndef MEASURE_PREDICT_ESP_H
#define MEASURE_PREDICT_ESP_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/lib/gpt.h"
#include "measure/lib/span.h"
#include "measure/predict/fat.h"

#define ESP_BOOT_LOADER "EFI/BOOT/BOOTX64.EFI"
#define ESP_LOADER_CONF "loader/loader.conf"
#define ESP_UKI_DIR	"EFI/Linux"

/* Which file of the disk could not be used; an empty name means the disk itself. */
struct predict_error {
	char file[FAT_NAME_MAX + 1 + 32];
	struct diag diag;
};

/*
 * Finds the partition, from byte *ret_off of the disk on. What is found points into disk. Errors as gpt_parse(),
 * gpt_esp() and fat_open() give them, with ret_error filled.
 */
int esp_open(struct span disk, struct gpt *ret_gpt, struct fat *ret_fat, uint64_t *ret_off,
	     struct predict_error *ret_error);

/*
 * Checks every directory, and finds the UKI of this name; or, if uki is NULL, the only one. with_keys:
 * a machine that has keys already takes none from there, so they may lie there. -EPROTO, -ENOENT,
 * -EBADMSG, with ret_error filled.
 */
int esp_check(const struct fat *fat, const char *uki, bool with_keys, struct fat_entry *ret_uki,
	      struct predict_error *ret_error);

/* Fills ret_error; returns error. */
int esp_fail(struct predict_error *ret_error, const char *file, const char *what, int error);

#endif
