/* SPDX-License-Identifier: MIT */
#include "measure/lib/gpt.h"

#include <errno.h>

#include "bytes.h"
#include "tap.h"

#define SECTORS 96 /* of the disk: tables, two partitions, backup */

static const uint8_t esp_guid[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

/* CRC-32 by table: another way than the library's. */
static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	uint32_t table[256], crc = 0xffffffff;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
		table[i] = c;
	}
	while (len-- > 0)
		crc = table[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return ~crc;
}

static void put_entry(uint8_t *p, const uint8_t type[16], uint8_t id, uint64_t first, uint64_t last)
{
	memcpy(p, type, 16);
	memset(p + 16, id, 16);
	set_le(p + 32, first, 8);
	set_le(p + 40, last, 8);
	memcpy(p + 56, "e\0s\0p\0", 6);
}

/* Both CRCs anew, after a change that shall not be found by them. */
static void seal(uint8_t *disk)
{
	uint8_t *h = disk + GPT_SECTOR;

	set_le(h + 88, crc32_of(disk + 2 * GPT_SECTOR, 128 * 128), 4);
	set_le(h + 16, 0, 4);
	set_le(h + 16, crc32_of(h, 92), 4);
}

/* An ESP in the third entry, another partition in the first; the rest of the entries is unused. */
static void make_disk(struct bytes *b)
{
	static const uint8_t other[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
					   0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };
	uint8_t *h = b->p + GPT_SECTOR;

	b->len = 0;
	put_fill(b, 0, SECTORS * GPT_SECTOR);
	memcpy(h, "EFI PART", 8);
	set_le(h + 8, 0x00010000, 4);
	set_le(h + 12, 92, 4);
	set_le(h + 24, 1, 8);
	set_le(h + 32, SECTORS - 1, 8);
	set_le(h + 40, 34, 8);
	set_le(h + 48, SECTORS - 34, 8);
	memset(h + 56, 0xdd, 16);
	set_le(h + 72, 2, 8);
	set_le(h + 80, 128, 4);
	set_le(h + 84, 128, 4);
	put_entry(b->p + 2 * GPT_SECTOR, other, 1, 34, 35);
	put_entry(b->p + 2 * GPT_SECTOR + 256, esp_guid, 2, 40, 59);
	seal(b->p);
}

static void test_read(void)
{
	static struct gpt gpt;
	struct bytes b, expected = { .len = 0 };
	uint8_t event[GPT_EVENT_MAX];
	struct span esp;
	size_t len = 0;

	make_disk(&b);
	is_int(gpt_parse(span_of(b.p, b.len), &gpt, NULL), 0, "gpt: a disk is read");
	is_int((int64_t)gpt.n_partitions, 2, "gpt: unused entries are passed over");
	ok(gpt_esp(&gpt, &esp) == 0 && esp.p == b.p + 40 * GPT_SECTOR &&
		   esp.left == 20 * GPT_SECTOR,
	   "gpt: the EFI system partition is found, last sector included");

	put(&expected, b.p + GPT_SECTOR, 92);
	put_le(&expected, 2, 8);
	put(&expected, b.p + 2 * GPT_SECTOR, 128);
	put(&expected, b.p + 2 * GPT_SECTOR + 256, 128);
	gpt_event(&gpt, event, &len);
	ok(len == expected.len && !memcmp(event, expected.p, len),
	   "gpt: measured are the header, the number of used entries and these entries");
}

static void test_esp_count(void)
{
	static struct gpt gpt;
	struct span esp = { .left = 4711 };
	struct bytes b;

	make_disk(&b);
	memset(b.p + 2 * GPT_SECTOR + 256, 0xee, 16);
	seal(b.p);
	ok(gpt_parse(span_of(b.p, b.len), &gpt, NULL) == 0 && gpt_esp(&gpt, &esp) == -ENOENT,
	   "gpt: no EFI system partition is an error");
	make_disk(&b);
	memcpy(b.p + 2 * GPT_SECTOR, esp_guid, 16);
	seal(b.p);
	ok(gpt_parse(span_of(b.p, b.len), &gpt, NULL) == 0 && gpt_esp(&gpt, &esp) == -EPROTO &&
		   esp.left == 4711,
	   "gpt: two are an error, for firmware may take either");
}

static void test_prefixes(void)
{
	static struct gpt gpt;
	int held = 1;
	struct bytes b;
	uint8_t *heap;

	make_disk(&b);
	heap = exact_copy(b.p, b.len);
	for (size_t len = 0; len < b.len; len++) {
		/* At the very end of the heap block, so that the sanitizer sees what follows. */
		uint8_t *copy = memcpy(heap + b.len - len, b.p, len);
		struct diag diag = { 0 };

		gpt.n_partitions = 4711;
		held &= gpt_parse(span_of(copy, len), &gpt, &diag) < 0 && diag.what &&
			gpt.n_partitions == 4711;
	}
	free(heap);
	ok(held, "gpt: every prefix of a disk is an error");
}

/* Changes with both CRCs made right again, and without. */
static void test_twins(void)
{
	static const struct {
		size_t off, len;
		uint64_t value;
		int sealed, error;
		const char *name;
	} twins[] = {
		{ 512, 1, 'F', 1, -EBADMSG, "gpt: no signature" },
		{ 512 + 8, 4, 0x00020000, 1, -ENOTSUP, "gpt: another revision" },
		{ 512 + 12, 4, 96, 1, -ENOTSUP, "gpt: a longer header" },
		{ 512 + 16, 4, 0, 0, -EBADMSG, "gpt: a wrong CRC of the header" },
		{ 512 + 24, 8, 2, 1, -EPROTO, "gpt: the backup header in the primary's place" },
		{ 512 + 32, 8, SECTORS, 1, -EBADMSG, "gpt: a disk that ends before its backup" },
		{ 512 + 72, 8, 1, 1, -EBADMSG, "gpt: entries in the header" },
		{ 512 + 72, 8, 0x0080000000000002, 1, -EBADMSG,
		  "gpt: entries past the disk, wrapping" },
		{ 512 + 80, 4, 129, 1, -EFBIG, "gpt: 129 entries" },
		{ 512 + 84, 4, 256, 1, -ENOTSUP, "gpt: entries of 256 bytes" },
		{ 512 + 88, 4, 0, 0, -EBADMSG, "gpt: a header changed without its CRC" },
		{ 1024 + 256 + 20, 1, 7, 0, -EBADMSG, "gpt: a wrong CRC of the entries" },
		{ 1024 + 256 + 32, 8, 60, 1, -EPROTO,
		  "gpt: a partition that ends before it begins" },
		{ 1024 + 256 + 32, 8, 33, 1, -EPROTO, "gpt: a partition in the table" },
		{ 1024 + 256 + 32, 8, 35, 1, -EPROTO, "gpt: partitions that overlap" },
		{ 1024 + 256 + 40, 8, SECTORS - 33, 1, -EPROTO, "gpt: a partition in the backup" },
		{ 1024 + 256 + 40, 8, UINT64_MAX, 1, -EPROTO, "gpt: a partition without end" },
	};
	static struct gpt gpt;

	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		struct bytes b;
		int r;

		make_disk(&b);
		set_le(b.p + twins[i].off, twins[i].value, twins[i].len);
		if (twins[i].sealed)
			seal(b.p);
		gpt.n_partitions = 4711;
		r = gpt_parse(span_of(b.p, b.len), &gpt, NULL);
		is_int(gpt.n_partitions == 4711 ? r : 0, twins[i].error, twins[i].name);
	}
}

int main(void)
{
	test_read();
	test_esp_count();
	test_prefixes();
	test_twins();
	return tap_done();
}
