/* SPDX-License-Identifier: MIT */
/*
 * A read-only FAT16/FAT32 file system with long names: enough to find the files that the firmware
 * and systemd-boot read from the EFI system partition.
 *
 * Source: Microsoft "FAT: General Overview of On-Disk Format", version 1.03, sections "Boot Sector
 * and BPB", "FAT Type Determination", "FAT Directory Structure", "Long File Name Implementation".
 * Only sectors of 512 bytes. Integers are little-endian.
 *
 * Cluster chains are bounded by what the file's size needs, or for directories by FAT_DIR_MAX; a
 * chain that ends early or late, leaves the volume or loops is -EBADMSG. So is a damaged long name,
 * where drivers would silently fall back to the short one.
 */
#ifndef MEASURE_PREDICT_FAT_H
#define MEASURE_PREDICT_FAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define FAT_NAME_MAX 255
#define FAT_DIR_MAX  65536 /* entries of 32 bytes in a directory, the limit of the format */

struct fat {
	struct span bytes; /* the partition */
	struct span table; /* first copy of the allocation table */
	struct span root;  /* root directory of FAT16; empty for FAT32 */
	struct span data;  /* from cluster 2 on */
	bool is_32;
	uint32_t root_cluster; /* FAT32 */
	uint32_t n_clusters;
	size_t cluster_len; /* bytes */
};

struct fat_entry {
	char name[FAT_NAME_MAX + 1]; /* long, else short; '?' for what is not ASCII */
	bool is_dir;
	bool is_root;
	uint32_t cluster; /* first; 0 if none */
	uint32_t size;	  /* bytes; 0 for directories */
};

/* A walk along a chain of clusters. */
struct fat_chain {
	uint32_t cluster; /* 0: the FAT16 root, or the end */
	uint32_t mark;	  /* one that it came from: a chain that leads there again is a loop */
	size_t n;	  /* steps */
};

/* A walk through a directory. */
struct fat_dir {
	struct span rest; /* of the current cluster */
	struct fat_chain chain;
	bool done;
};

/*
 * -EBADMSG no FAT or damaged, -ENOTSUP FAT12 or another sector size; ret_fat untouched then, diag
 * (may be NULL) says where.
 */
int fat_open(struct span partition, struct fat *ret_fat, struct diag *diag);

/* Begins at dir's first entry; NULL is the root directory. -ENOTDIR, or -EBADMSG as above. */
int fat_dir_open(const struct fat *fat, const struct fat_entry *dir, struct fat_dir *ret_dir);

/*
 * The next file or directory, without ".", "..", deleted entries and the volume label: 1, or 0 at
 * the end, or -EBADMSG with ret_entry untouched.
 */
int fat_dir_next(const struct fat *fat, struct fat_dir *dir, struct fat_entry *ret_entry);

/* By a path like "EFI/Linux/rampart.efi"; ASCII case is ignored. -ENOENT, -ENOTDIR, -EBADMSG. */
int fat_lookup(const struct fat *fat, const char *path, struct fat_entry *ret_entry);

/*
 * A file's bytes in place, if its clusters are contiguous. -ERANGE if they do not (then use
 * fat_read), -EISDIR, -EBADMSG.
 */
int fat_map(const struct fat *fat, const struct fat_entry *file, struct span *ret_bytes);

/* Copies file->size bytes to buf. -EISDIR, -EBADMSG with buf spoilt. */
int fat_read(const struct fat *fat, const struct fat_entry *file, uint8_t *buf);

#endif
