/* SPDX-License-Identifier: MIT */
/*
 * The primary GUID partition table of a disk image, as the firmware reads and measures it.
 *
 * Sources: UEFI Specification 2.10, section 5.3.2 "GPT Header" and 5.3.3 "GPT Partition Entry
 * Array"; TCG PC Client Platform Firmware Profile, section "UEFI_GPT_DATA". Sectors of 512 bytes.
 * Integers are little-endian.
 */
#ifndef MEASURE_GPT_H
#define MEASURE_GPT_H

#include <stddef.h>
#include <stdint.h>

#include "span.h"

#define GPT_SECTOR	   512
#define GPT_HEADER_LEN	   92
#define GPT_ENTRY_LEN	   128
#define GPT_PARTITIONS_MAX 128 /* what partitioning tools write */
#define GPT_EVENT_MAX	   (GPT_HEADER_LEN + 8 + GPT_PARTITIONS_MAX * GPT_ENTRY_LEN)

struct gpt_partition {
	struct span entry; /* the GPT_ENTRY_LEN bytes */
	struct span bytes; /* the partition itself */
};

struct gpt {
	struct span header;
	size_t n_partitions; /* used entries, in the order of the table */
	struct gpt_partition partition[GPT_PARTITIONS_MAX];
};

/*
 * Reads the primary header and its entries, both checked against their CRCs, entries against the
 * usable range and the size of the disk and against each other. ret_gpt points into disk. -EBADMSG
 * malformed, -EPROTO a rule broken, -ENOTSUP another revision or entry size, -EFBIG more entries;
 * ret_gpt is untouched then and diag (may be NULL) says where.
 */
int gpt_parse(struct span disk, struct gpt *ret_gpt, struct diag *diag);

/*
 * The bytes of the EV_EFI_GPT_EVENT: header, number of used entries (64 bits), the used entries.
 * Never more than GPT_EVENT_MAX.
 */
void gpt_event(const struct gpt *gpt, uint8_t ret_event[static GPT_EVENT_MAX], size_t *ret_len);

/* The one EFI system partition. -ENOENT none; -EPROTO more than one: firmware may boot either. */
int gpt_esp(const struct gpt *gpt, struct span *ret_bytes);

#endif
