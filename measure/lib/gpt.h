/* SPDX-License-Identifier: MIT */
/*
 * GUID partition tables: the primary one of a disk, as the firmware reads and measures it and as
 * PID 1 searches it for payload partitions; and both tables of a payload volume, for the tool that
 * writes it.
 *
 * Sources: UEFI Specification 2.10, section 5.2.3 "Protective MBR", 5.3.2 "GPT Header" and 5.3.3
 * "GPT Partition Entry Array"; TCG PC Client Platform Firmware Profile, section "UEFI_GPT_DATA".
 * Sectors of 512 bytes. Integers are little-endian. GUIDs are in the order of their bytes on disk.
 */
#ifndef MEASURE_GPT_H
#define MEASURE_GPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define GPT_SECTOR	   512
#define GPT_HEADER_LEN	   92
#define GPT_ENTRY_LEN	   128
#define GPT_PARTITIONS_MAX 128 /* what partitioning tools write */
#define GPT_NAME_MAX	   36  /* units of UTF-16 */
#define GPT_EVENT_MAX	   (GPT_HEADER_LEN + 8 + GPT_PARTITIONS_MAX * GPT_ENTRY_LEN)
#define GPT_HEAD_LEN	   (34 * GPT_SECTOR) /* protective MBR, header, 128 entries */
#define GPT_TAIL_LEN	   (33 * GPT_SECTOR) /* the entries again, backup header */

struct gpt_partition {
	struct span entry; /* the GPT_ENTRY_LEN bytes */
	uint64_t off, len; /* bytes, from the start of the disk */
};

struct gpt {
	struct span header;
	size_t n_partitions; /* used entries, in the order of the table */
	struct gpt_partition partition[GPT_PARTITIONS_MAX];
};

/* A partition to be written. */
struct gpt_new {
	const char *name;  /* 1 to GPT_NAME_MAX characters of 0x21 to 0x7e */
	uint8_t guid[16];  /* unique; the caller's responsibility */
	uint64_t off, len; /* as above, whole sectors, len not 0 */
};

/* The type of a Rampart payload partition, 52414d50-4152-5400-8000-000000000010. */
extern const uint8_t gpt_volume_type[16];

/*
 * Reads the primary header and its entries, both checked against their CRCs, entries against the
 * usable range and the size of the disk and against each other. head is the first bytes of the
 * disk, at least through the entries: GPT_HEAD_LEN of them for what partitioning tools write.
 * disk_len is the size of the whole disk in bytes. ret_gpt points into head; off and len of each
 * partition lie within disk_len. -EBADMSG malformed, or the entries are beyond head; -EPROTO a rule
 * broken, -ENOTSUP another revision or entry size, -EFBIG more entries; ret_gpt is untouched then
 * and diag (may be NULL) says where.
 */
int gpt_parse(struct span head, uint64_t disk_len, struct gpt *ret_gpt, struct diag *diag);

/*
 * The bytes of the EV_EFI_GPT_EVENT: header, number of used entries (64 bits), the used entries.
 * Never more than GPT_EVENT_MAX.
 */
void gpt_event(const struct gpt *gpt, uint8_t ret_event[static GPT_EVENT_MAX], size_t *ret_len);

/*
 * Where the one EFI system partition is, in bytes. -ENOENT none; -EPROTO more than one: firmware
 * may boot either. The outputs are untouched then.
 */
int gpt_esp(const struct gpt *gpt, uint64_t *ret_off, uint64_t *ret_len);

/*
 * The name up to its first NUL, which need not be there, as text with a NUL. -EPROTO if it is empty
 * or has anything but 0x21 to 0x7e: a space is no part of our names. ret_name is untouched then.
 * Names need not be unique in a table.
 */
int gpt_name(const struct gpt_partition *p, char ret_name[static GPT_NAME_MAX + 1]);

bool gpt_is_volume(const struct gpt_partition *p);

/*
 * Makes the tables of a disk of disk_len bytes with these n partitions, in this order, all of
 * gpt_volume_type: ret_head for the start of the disk, ret_tail for its end. The same arguments
 * give the same bytes. parts may be NULL when n is 0. -EINVAL for what a correct caller never
 * passes, outputs untouched: n over GPT_PARTITIONS_MAX; a name, off or len that is not as struct
 * gpt_new says; a partition that is not between head and tail or overlaps another; disk_len not in
 * whole sectors, or without one between head and tail.
 */
int gpt_make(const uint8_t disk_guid[static 16], const struct gpt_new *parts, size_t n,
	     uint64_t disk_len, uint8_t ret_head[static GPT_HEAD_LEN],
	     uint8_t ret_tail[static GPT_TAIL_LEN]);

#endif
