/* SPDX-License-Identifier: MIT */
#include "measure/lib/gpt.h"

#include <errno.h>
#include <string.h>

#define REVISION_1_0 0x00010000
#define ENTRIES_LEN  (GPT_PARTITIONS_MAX * GPT_ENTRY_LEN) /* of a table that is made here */

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b, in the order of its bytes on disk */
static const uint8_t esp_type[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

const uint8_t gpt_volume_type[16] = { 0x50, 0x4d, 0x41, 0x52, 0x52, 0x41, 0x00, 0x54,
				      0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10 };

struct header {
	uint32_t revision, header_len, header_crc, reserved, n_entries, entry_len, entries_crc;
	uint64_t my_lba, alternate_lba, first_usable, last_usable, entries_lba;
};

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
		return diag_at(diag, GPT_SECTOR + 8, "GPT revision is not 1.0", -ENOTSUP);
	if (h->header_crc != header_crc(p))
		return diag_at(diag, GPT_SECTOR + 16, "GPT header: wrong CRC", -EBADMSG);
	if (h->my_lba != 1)
		return diag_at(diag, GPT_SECTOR + 24, "GPT header is not the primary one", -EPROTO);
	if (h->entry_len != GPT_ENTRY_LEN)
		return diag_at(diag, GPT_SECTOR + 84, "GPT entries are not of 128 bytes", -ENOTSUP);
	if (h->alternate_lba >= n_sectors)
		return diag_at(diag, GPT_SECTOR + 32, "the disk ends before its backup GPT",
			       -EBADMSG);
	if (h->n_entries > GPT_PARTITIONS_MAX)
		return diag_at(diag, GPT_SECTOR + 80, "GPT has more than 128 entries", -EFBIG);
	return 0;
}

/* One used entry; it must lie in the usable range. n_sectors bounds what is multiplied. */
static int read_entry(const struct header *h, uint64_t n_sectors, struct gpt_partition *part)
{
	struct span s = part->entry;
	uint64_t first, last;

	if (span_skip(&s, 32) < 0 || span_u64le(&s, &first) < 0 || span_u64le(&s, &last) < 0)
		return -EBADMSG;
	if (first > last || first < h->first_usable || last > h->last_usable)
		return -EPROTO;
	if (last >= n_sectors)
		return -EBADMSG;
	part->off = first * GPT_SECTOR;
	part->len = (last - first + 1) * GPT_SECTOR;
	return 0;
}

/* Both end on the disk, so that no sum wraps. */
static bool overlaps(uint64_t off, uint64_t len, uint64_t other_off, uint64_t other_len)
{
	return off < other_off + other_len && other_off < off + len;
}

static int read_entries(const struct header *h, uint64_t n_sectors, struct span entries,
			struct gpt *gpt, struct diag *diag)
{
	static const uint8_t unused[16];

	for (size_t off = h->entries_lba * GPT_SECTOR; entries.left >= GPT_ENTRY_LEN;
	     off += GPT_ENTRY_LEN) {
		struct gpt_partition part = { 0 };
		int r;

		(void)span_take(&entries, GPT_ENTRY_LEN, &part.entry);
		if (!memcmp(part.entry.p, unused, sizeof(unused)))
			continue;
		r = read_entry(h, n_sectors, &part);
		if (r < 0)
			return diag_at(diag, off, "partition is not inside the disk", r);
		for (size_t i = 0; i < gpt->n_partitions; i++)
			if (overlaps(part.off, part.len, gpt->partition[i].off,
				     gpt->partition[i].len))
				return diag_at(diag, off, "partitions overlap", -EPROTO);
		gpt->partition[gpt->n_partitions++] = part;
	}
	return 0;
}

/* Where the entries are: on the disk, and in that part of it that was read. */
static int find_entries(struct span head, uint64_t disk_len, const struct header *h,
			struct span *ret_entries, struct diag *diag)
{
	size_t len = (size_t)h->n_entries * GPT_ENTRY_LEN;
	uint64_t lba = h->entries_lba;

	if (lba < 2 || lba >= disk_len / GPT_SECTOR || len > disk_len - lba * GPT_SECTOR)
		return diag_at(diag, GPT_SECTOR + 72, "GPT entries are not on the disk", -EBADMSG);
	if (span_at(&head, lba * GPT_SECTOR, len, ret_entries) < 0)
		return diag_at(diag, GPT_SECTOR + 72, "GPT entries are too far into the disk",
			       -EBADMSG);
	return 0;
}

int gpt_parse(struct span head, uint64_t disk_len, struct gpt *ret_gpt, struct diag *diag)
{
	struct gpt gpt = { 0 };
	struct header h = { 0 };
	struct span entries;
	int r;

	if (span_at(&head, GPT_SECTOR, GPT_HEADER_LEN, &gpt.header) < 0 ||
	    read_header(gpt.header, &h) < 0)
		return diag_at(diag, GPT_SECTOR, "no GPT header", -EBADMSG);
	r = check_header(&h, gpt.header.p, disk_len / GPT_SECTOR, diag);
	if (r == 0)
		r = find_entries(head, disk_len, &h, &entries, diag);
	if (r < 0)
		return r;
	if (~crc32_update(0xffffffff, entries.p, entries.left) != h.entries_crc)
		return diag_at(diag, GPT_SECTOR + 88, "GPT entries: wrong CRC", -EBADMSG);
	r = read_entries(&h, disk_len / GPT_SECTOR, entries, &gpt, diag);
	if (r < 0)
		return r;
	*ret_gpt = gpt;
	return 0;
}

static void put_le(uint8_t *p, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void gpt_event(const struct gpt *gpt, uint8_t ret_event[static GPT_EVENT_MAX], size_t *ret_len)
{
	uint8_t *p = ret_event;

	memcpy(p, gpt->header.p, GPT_HEADER_LEN);
	p += GPT_HEADER_LEN;
	put_le(p, gpt->n_partitions, 8);
	p += 8;
	for (size_t i = 0; i < gpt->n_partitions; i++, p += GPT_ENTRY_LEN)
		memcpy(p, gpt->partition[i].entry.p, GPT_ENTRY_LEN);
	*ret_len = (size_t)(p - ret_event);
}

int gpt_esp(const struct gpt *gpt, uint64_t *ret_off, uint64_t *ret_len)
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
	*ret_off = esp->off;
	*ret_len = esp->len;
	return 0;
}

bool gpt_is_volume(const struct gpt_partition *p)
{
	return !memcmp(p->entry.p, gpt_volume_type, sizeof(gpt_volume_type));
}

static bool is_name_char(unsigned c)
{
	return c >= 0x21 && c <= 0x7e;
}

int gpt_name(const struct gpt_partition *p, char ret_name[static GPT_NAME_MAX + 1])
{
	struct span s = p->entry;
	char name[GPT_NAME_MAX + 1] = { 0 };
	uint16_t unit;

	(void)span_skip(&s, 56);
	for (size_t i = 0; i < GPT_NAME_MAX && span_u16le(&s, &unit) == 0 && unit != 0; i++) {
		if (!is_name_char(unit))
			return -EPROTO;
		name[i] = (char)unit;
	}
	if (!name[0])
		return -EPROTO;
	memcpy(ret_name, name, sizeof(name));
	return 0;
}

static bool is_name(const char *name)
{
	size_t len = 0;

	while (len <= GPT_NAME_MAX && is_name_char((unsigned char)name[len]))
		len++;
	return len > 0 && len <= GPT_NAME_MAX && !name[len];
}

/* end is where the backup table begins. */
static bool is_part(const struct gpt_new *p, uint64_t end)
{
	return is_name(p->name) && p->off % GPT_SECTOR == 0 && p->len % GPT_SECTOR == 0 &&
	       p->len > 0 && p->off >= GPT_HEAD_LEN && p->off <= end && p->len <= end - p->off;
}

static bool are_parts(const struct gpt_new *parts, size_t n, uint64_t end)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_part(&parts[i], end))
			return false;
		for (size_t k = 0; k < i; k++)
			if (overlaps(parts[i].off, parts[i].len, parts[k].off, parts[k].len))
				return false;
	}
	return true;
}

/* One record over the whole disk, so that a tool that knows no GPT sees no free space. */
static void put_mbr(uint8_t *p, uint64_t n_sectors)
{
	uint64_t len = n_sectors - 1;
	uint8_t *record = p + 446;

	record[2] = 2; /* cylinder 0, head 0, sector 2 */
	record[4] = 0xee;
	put_le(record + 5, 0xffffff, 3); /* no end in cylinders: the disk has no geometry */
	put_le(record + 8, 1, 4);
	put_le(record + 12, len < 0xffffffff ? len : 0xffffffff, 4);
	put_le(p + 510, 0xaa55, 2);
}

static void put_entry(uint8_t *p, const struct gpt_new *part)
{
	memcpy(p, gpt_volume_type, 16);
	memcpy(p + 16, part->guid, 16);
	put_le(p + 32, part->off / GPT_SECTOR, 8);
	put_le(p + 40, (part->off + part->len) / GPT_SECTOR - 1, 8);
	for (size_t i = 0; part->name[i]; i++)
		put_le(p + 56 + 2 * i, (uint8_t)part->name[i], 2);
}

static void put_header(uint8_t *p, const uint8_t disk_guid[static 16], const struct header *h)
{
	memcpy(p, "EFI PART", 8);
	put_le(p + 8, REVISION_1_0, 4);
	put_le(p + 12, GPT_HEADER_LEN, 4);
	put_le(p + 24, h->my_lba, 8);
	put_le(p + 32, h->alternate_lba, 8);
	put_le(p + 40, h->first_usable, 8);
	put_le(p + 48, h->last_usable, 8);
	memcpy(p + 56, disk_guid, 16);
	put_le(p + 72, h->entries_lba, 8);
	put_le(p + 80, GPT_PARTITIONS_MAX, 4);
	put_le(p + 84, GPT_ENTRY_LEN, 4);
	put_le(p + 88, h->entries_crc, 4);
	put_le(p + 16, header_crc(p), 4);
}

int gpt_make(const uint8_t disk_guid[static 16], const struct gpt_new *parts, size_t n,
	     uint64_t disk_len, uint8_t ret_head[static GPT_HEAD_LEN],
	     uint8_t ret_tail[static GPT_TAIL_LEN])
{
	uint64_t n_sectors = disk_len / GPT_SECTOR;
	uint8_t *entries = ret_head + 2 * GPT_SECTOR;
	struct header h = { .my_lba = 1, .first_usable = GPT_HEAD_LEN / GPT_SECTOR };

	if (n > GPT_PARTITIONS_MAX || disk_len % GPT_SECTOR != 0 ||
	    disk_len < GPT_HEAD_LEN + GPT_SECTOR + GPT_TAIL_LEN ||
	    !are_parts(parts, n, disk_len - GPT_TAIL_LEN))
		return -EINVAL;
	memset(ret_head, 0, GPT_HEAD_LEN);
	memset(ret_tail, 0, GPT_TAIL_LEN);
	put_mbr(ret_head, n_sectors);
	for (size_t i = 0; i < n; i++)
		put_entry(entries + i * GPT_ENTRY_LEN, &parts[i]);
	memcpy(ret_tail, entries, ENTRIES_LEN);

	h.alternate_lba = n_sectors - 1;
	h.last_usable = n_sectors - GPT_TAIL_LEN / GPT_SECTOR - 1;
	h.entries_lba = 2;
	h.entries_crc = ~crc32_update(0xffffffff, entries, ENTRIES_LEN);
	put_header(ret_head + GPT_SECTOR, disk_guid, &h);

	h.my_lba = n_sectors - 1;
	h.alternate_lba = 1;
	h.entries_lba = h.last_usable + 1;
	put_header(ret_tail + ENTRIES_LEN, disk_guid, &h);
	return 0;
}
