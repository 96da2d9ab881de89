/* SPDX-License-Identifier: MIT */
#include "gpt.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define REVISION_1_0 0x00010000

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b, in the order of its bytes on disk */
static const uint8_t esp_type[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

struct header {
	uint32_t revision, header_len, header_crc, reserved, n_entries, entry_len, entries_crc;
	uint64_t my_lba, alternate_lba, first_usable, last_usable, entries_lba;
};

static int fail_at(struct diag *diag, size_t off, const char *what, int error)
{
	if (diag)
		*diag = (struct diag){ .off = off, .what = what };
	return error;
}

/* CRC-32 as in ISO 3309, bit by bit: it runs over 16 KiB once. */
static uint32_t crc32_update(uint32_t crc, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

/* The header's own CRC field counts as zero. */
static uint32_t header_crc(const uint8_t *p)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32_update(0xffffffff, p, 16);

	crc = crc32_update(crc, zero, sizeof(zero));
	return ~crc32_update(crc, p + 20, GPT_HEADER_LEN - 20);
}

static int read_header(struct span s, struct header *h)
{
	if (s.left < GPT_HEADER_LEN || memcmp(s.p, "EFI PART", 8) != 0)
		return -EBADMSG;
	(void)span_skip(&s, 8);
	if (span_u32le(&s, &h->revision) < 0 || span_u32le(&s, &h->header_len) < 0 ||
	    span_u32le(&s, &h->header_crc) < 0 || span_u32le(&s, &h->reserved) < 0 ||
	    span_u64le(&s, &h->my_lba) < 0 || span_u64le(&s, &h->alternate_lba) < 0 ||
	    span_u64le(&s, &h->first_usable) < 0 || span_u64le(&s, &h->last_usable) < 0 ||
	    span_skip(&s, 16) < 0 || span_u64le(&s, &h->entries_lba) < 0 ||
	    span_u32le(&s, &h->n_entries) < 0 || span_u32le(&s, &h->entry_len) < 0 ||
	    span_u32le(&s, &h->entries_crc) < 0)
		return -EBADMSG;
	return 0;
}

/* What the firmware checks before it measures, and what makes the rest safe to read. */
static int check_header(const struct header *h, const uint8_t *p, uint64_t n_sectors,
			struct diag *diag)
{
	if (h->revision != REVISION_1_0 || h->header_len != GPT_HEADER_LEN)
		return fail_at(diag, GPT_SECTOR + 8, "GPT revision is not 1.0", -ENOTSUP);
	if (h->header_crc != header_crc(p))
		return fail_at(diag, GPT_SECTOR + 16, "GPT header: wrong CRC", -EBADMSG);
	if (h->my_lba != 1)
		return fail_at(diag, GPT_SECTOR + 24, "GPT header is not the primary one", -EPROTO);
	if (h->entry_len != GPT_ENTRY_LEN)
		return fail_at(diag, GPT_SECTOR + 84, "GPT entries are not of 128 bytes", -ENOTSUP);
	if (h->alternate_lba >= n_sectors)
		return fail_at(diag, GPT_SECTOR + 32, "the disk ends before its backup GPT",
			       -EBADMSG);
	if (h->n_entries > GPT_PARTITIONS_MAX)
		return fail_at(diag, GPT_SECTOR + 80, "GPT has more than 128 entries", -EFBIG);
	return 0;
}

/* One used entry; its bytes on the disk must lie in the usable range. */
static int read_entry(struct span disk, const struct header *h, struct gpt_partition *part)
{
	struct span s = part->entry;
	uint64_t first, last;

	if (span_skip(&s, 32) < 0 || span_u64le(&s, &first) < 0 || span_u64le(&s, &last) < 0)
		return -EBADMSG;
	if (first > last || first < h->first_usable || last > h->last_usable)
		return -EPROTO;
	if (last >= disk.left / GPT_SECTOR)
		return -EBADMSG;
	return span_at(&disk, first * GPT_SECTOR, (last - first + 1) * GPT_SECTOR, &part->bytes);
}

static bool overlaps(const struct gpt *gpt, const struct span *bytes)
{
	for (size_t i = 0; i < gpt->n_partitions; i++) {
		const struct span *other = &gpt->partition[i].bytes;

		if (bytes->p < other->p + other->left && other->p < bytes->p + bytes->left)
			return true;
	}
	return false;
}

static int read_entries(struct span disk, const struct header *h, struct span entries,
			struct gpt *gpt, struct diag *diag)
{
	static const uint8_t unused[16];

	while (entries.left >= GPT_ENTRY_LEN) {
		struct gpt_partition part = { 0 };
		size_t off = (size_t)(entries.p - disk.p);
		int r;

		(void)span_take(&entries, GPT_ENTRY_LEN, &part.entry);
		if (!memcmp(part.entry.p, unused, sizeof(unused)))
			continue;
		r = read_entry(disk, h, &part);
		if (r < 0)
			return fail_at(diag, off, "partition is not inside the disk", r);
		if (overlaps(gpt, &part.bytes))
			return fail_at(diag, off, "partitions overlap", -EPROTO);
		gpt->partition[gpt->n_partitions++] = part;
	}
	return 0;
}

int gpt_parse(struct span disk, struct gpt *ret_gpt, struct diag *diag)
{
	struct gpt gpt = { 0 };
	struct header h = { 0 };
	struct span entries;
	int r;

	if (span_at(&disk, GPT_SECTOR, GPT_HEADER_LEN, &gpt.header) < 0 ||
	    read_header(gpt.header, &h) < 0)
		return fail_at(diag, GPT_SECTOR, "no GPT header", -EBADMSG);
	r = check_header(&h, gpt.header.p, disk.left / GPT_SECTOR, diag);
	if (r < 0)
		return r;
	if (h.entries_lba < 2 || h.entries_lba >= disk.left / GPT_SECTOR ||
	    span_at(&disk, h.entries_lba * GPT_SECTOR, (size_t)h.n_entries * GPT_ENTRY_LEN,
		    &entries) < 0)
		return fail_at(diag, GPT_SECTOR + 72, "GPT entries are not on the disk", -EBADMSG);
	if (~crc32_update(0xffffffff, entries.p, entries.left) != h.entries_crc)
		return fail_at(diag, GPT_SECTOR + 88, "GPT entries: wrong CRC", -EBADMSG);
	r = read_entries(disk, &h, entries, &gpt, diag);
	if (r < 0)
		return r;
	*ret_gpt = gpt;
	return 0;
}

void gpt_event(const struct gpt *gpt, uint8_t ret_event[static GPT_EVENT_MAX], size_t *ret_len)
{
	uint8_t *p = ret_event;

	memcpy(p, gpt->header.p, GPT_HEADER_LEN);
	p += GPT_HEADER_LEN;
	for (size_t i = 0; i < 8; i++)
		*p++ = (uint8_t)((uint64_t)gpt->n_partitions >> (8 * i));
	for (size_t i = 0; i < gpt->n_partitions; i++, p += GPT_ENTRY_LEN)
		memcpy(p, gpt->partition[i].entry.p, GPT_ENTRY_LEN);
	*ret_len = (size_t)(p - ret_event);
}

int gpt_esp(const struct gpt *gpt, struct span *ret_bytes)
{
	const struct gpt_partition *esp = NULL;

	for (size_t i = 0; i < gpt->n_partitions; i++) {
		if (memcmp(gpt->partition[i].entry.p, esp_type, sizeof(esp_type)) != 0)
			continue;
		if (esp)
			return -EPROTO;
		esp = &gpt->partition[i];
	}
	if (!esp)
		return -ENOENT;
	*ret_bytes = esp->bytes;
	return 0;
}
