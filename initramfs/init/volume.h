/* SPDX-License-Identifier: MIT */
/*
 * The payload volume: partitions of any disk that are of our type (gpt.h) and have the names of the
 * plan's files. Nothing on a disk is trusted: its table is parsed within bounds, and what a
 * partition holds is not used until it has the plan's digest.
 */
#ifndef INIT_VOLUME_H
#define INIT_VOLUME_H

#include <stddef.h>
#include <stdint.h>

#define VOLUME_BLOCK 4096 /* reads are of whole blocks; no disk has larger ones */

struct volume_part {
	/* set by the caller */
	const char *name; /* of the partition; NULL: this part is not on a volume */
	uint64_t size;	  /* bytes that it has to hold, not 0 */

	/* the results */
	int fd;	      /* the disk, opened for direct reads; 0: none. Several parts may share it */
	uint64_t off; /* bytes from the disk's start, a multiple of VOLUME_BLOCK */
};

/*
 * Finds the partitions of all n parts, waiting for disks to appear. 0, or negative errno with the
 * reason noted; then no disk is open.
 */
int volume_find(struct volume_part *part, size_t n);

/*
 * Reads len bytes at off of a part to buf, which has room for them rounded up to VOLUME_BLOCK and
 * is aligned to it; the rest of the last block is zeroed. 0 or negative errno; notes no reason.
 */
int volume_read(const struct volume_part *part, uint64_t off, uint8_t *buf, size_t len);

/* Closes the disks; as it was before volume_find(). */
void volume_close(struct volume_part *part, size_t n);

#endif
