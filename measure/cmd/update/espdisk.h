/* SPDX-License-Identifier: MIT */
/*
 * The EFI system partition of a disk, or of a file that is one. It is read by our own code, the one that
 * predicts, and written by mtools: each of these writes is checked by reading.
 */
#ifndef MEASURE_CMD_UPDATE_ESPDISK_H
#define MEASURE_CMD_UPDATE_ESPDISK_H

#include <stdbool.h>

#include "measure/cmd/update/slots.h"
#include "measure/predict/fat.h"

struct espdisk {
	const char *command, *path;
	int fd;
	const uint8_t *map;
	size_t len;
	struct fat fat;	  /* points into map */
	char image[4200]; /* the disk and the partition's place, for mtools */
	struct slot slot[SLOTS_MAX];
	size_t n_slots;
	bool in_work; /* there is a SLOT_IN_WORK: an update was cut off */
};

/* 0, or EXIT_UNSURE after an error line. espdisk_close() in both cases, with ret zeroed before. */
int espdisk_open(const char *command, const char *path, struct espdisk *ret);
void espdisk_close(struct espdisk *disk);

/* What is on it now, and whether it all belongs there. Before: espdisk_open() does it. Likewise. */
int espdisk_read(struct espdisk *disk);

/* Whether this file of EFI/Linux has just these bytes. */
bool espdisk_has(const struct espdisk *disk, const char *name, struct span bytes);

/*
 * One step, on disk when it returns. Names are of EFI/Linux; from is a path of this machine. The renaming is
 * the writing of one sector. Likewise.
 */
int espdisk_copy(struct espdisk *disk, const char *from, const char *name);
int espdisk_rename(struct espdisk *disk, const char *name, const char *new_name);
int espdisk_remove(struct espdisk *disk, const char *name);

#endif
