/* SPDX-License-Identifier: MIT */
#include "measure/lib/gpt.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

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
	uint64_t off = 0, esp_len = 0;
	size_t len = 0;

	make_disk(&b);
	is_int(gpt_parse(span_of(b.p, b.len), b.len, &gpt, NULL), 0, "gpt: a disk is read");
	is_int((int64_t)gpt.n_partitions, 2, "gpt: unused entries are passed over");
	ok(gpt_esp(&gpt, &off, &esp_len) == 0 && off == 40 * GPT_SECTOR &&
		   esp_len == 20 * GPT_SECTOR,
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
	uint64_t off = 4711, len = 4711;
	struct bytes b;

	make_disk(&b);
	memset(b.p + 2 * GPT_SECTOR + 256, 0xee, 16);
	seal(b.p);
	ok(gpt_parse(span_of(b.p, b.len), b.len, &gpt, NULL) == 0 &&
		   gpt_esp(&gpt, &off, &len) == -ENOENT,
	   "gpt: no EFI system partition is an error");
	make_disk(&b);
	memcpy(b.p + 2 * GPT_SECTOR, esp_guid, 16);
	seal(b.p);
	ok(gpt_parse(span_of(b.p, b.len), b.len, &gpt, NULL) == 0 &&
		   gpt_esp(&gpt, &off, &len) == -EPROTO && off == 4711 && len == 4711,
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
		held &= gpt_parse(span_of(copy, len), len, &gpt, &diag) < 0 && diag.what &&
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
		r = gpt_parse(span_of(b.p, b.len), b.len, &gpt, NULL);
		is_int(gpt.n_partitions == 4711 ? r : 0, twins[i].error, twins[i].name);
	}
}

/* A disk of which only the beginning is at hand. */
static void test_heads(void)
{
	static const char too_far[] = "GPT entries are too far into the disk";
	const size_t entries = 2 * GPT_SECTOR;
	static struct gpt gpt;
	int held = 1;
	struct bytes b;
	uint8_t *heap;

	make_disk(&b);
	heap = exact_copy(b.p, GPT_HEAD_LEN);
	for (size_t len = 0; len < GPT_HEAD_LEN; len++) {
		uint8_t *copy = memcpy(heap + GPT_HEAD_LEN - len, b.p, len);
		struct diag diag = { 0 };

		gpt.n_partitions = 4711;
		held &= gpt_parse(span_of(copy, len), b.len, &gpt, &diag) == -EBADMSG &&
			diag.what && (len < entries || !strcmp(diag.what, too_far)) &&
			gpt.n_partitions == 4711;
	}
	ok(held, "gpt: a head that ends before the entries is an error, with its own reason");
	memcpy(heap, b.p, GPT_HEAD_LEN);
	ok(gpt_parse(span_of(heap, GPT_HEAD_LEN), b.len, &gpt, NULL) == 0 &&
		   gpt.n_partitions == 2 && gpt.partition[1].off == 40 * GPT_SECTOR &&
		   gpt.partition[1].len == 20 * GPT_SECTOR,
	   "gpt: a head with all entries is enough");
	is_int(gpt_parse(span_of(b.p, b.len), 59 * GPT_SECTOR, &gpt, NULL), -EBADMSG,
	       "gpt: the disk ends where its size says, whatever is at hand");
	free(heap);
}

#define HUGE_SECTORS (UINT64_MAX / GPT_SECTOR)

/*
 * make_disk() grown to the largest disk there can be. The second partition is from first to last.
 */
static int parse_huge(uint64_t first, uint64_t last, uint64_t entries_lba, struct gpt *gpt,
		      struct diag *diag)
{
	static struct bytes b;

	make_disk(&b);
	set_le(b.p + GPT_SECTOR + 32, HUGE_SECTORS - 1, 8);
	set_le(b.p + GPT_SECTOR + 48, UINT64_MAX, 8);
	set_le(b.p + GPT_SECTOR + 72, entries_lba, 8);
	set_le(b.p + 2 * GPT_SECTOR + 256 + 32, first, 8);
	set_le(b.p + 2 * GPT_SECTOR + 256 + 40, last, 8);
	seal(b.p);
	return gpt_parse(span_of(b.p, GPT_HEAD_LEN), UINT64_MAX, gpt, diag);
}

static void test_huge_disk(void)
{
	static const struct {
		uint64_t first, last, entries_lba;
		int error;
		const char *what, *name;
	} cases[] = {
		{ 36, HUGE_SECTORS, 2, -EBADMSG, "partition is not inside the disk",
		  "gpt: one sector past the largest disk" },
		{ 36, UINT64_MAX, 2, -EBADMSG, "partition is not inside the disk",
		  "gpt: a partition to the last number" },
		{ HUGE_SECTORS + 41, HUGE_SECTORS + 60, 2, -EBADMSG,
		  "partition is not inside the disk", "gpt: sectors that wrap to good bytes" },
		{ 35, HUGE_SECTORS - 1, 2, -EPROTO, "partitions overlap",
		  "gpt: an overlap up to the end of the largest disk" },
		{ 36, 40, 1, -EBADMSG, "GPT entries are not on the disk",
		  "gpt: entries over the header" },
		{ 36, 40, HUGE_SECTORS - 1, -EBADMSG, "GPT entries are not on the disk",
		  "gpt: entries over the end of the largest disk" },
		{ 36, 40, HUGE_SECTORS + 3, -EBADMSG, "GPT entries are not on the disk",
		  "gpt: entries past the largest disk, wrapping to good bytes" },
		{ 36, 40, HUGE_SECTORS / 2, -EBADMSG, "GPT entries are too far into the disk",
		  "gpt: entries in the middle of the largest disk" },
	};
	static struct gpt gpt;
	struct diag diag;

	ok(parse_huge(36, HUGE_SECTORS - 1, 2, &gpt, NULL) == 0 &&
		   gpt.partition[1].off == 36 * GPT_SECTOR &&
		   gpt.partition[1].len == (HUGE_SECTORS - 36) * GPT_SECTOR,
	   "gpt: a partition up to the end of the largest disk is read");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r;

		gpt.n_partitions = 4711;
		diag = (struct diag){ .what = "nothing" };
		r = parse_huge(cases[i].first, cases[i].last, cases[i].entries_lba, &gpt, &diag);
		is_int(gpt.n_partitions == 4711 ? r : 0, cases[i].error, cases[i].name);
		is_str(diag.what, cases[i].what, "gpt: ... and for this reason");
	}
}

static void test_names(void)
{
	static const struct {
		const char *units; /* 36 units at most, each a byte, 0x00e9 for \xe9 */
		size_t n;
		int error;
		const char *name;
	} cases[] = {
		{ "model.gguf", 10, 0, "gpt: a name of ASCII" },
		{ "!~", 2, 0, "gpt: the first and the last character that a name may have" },
		{ "abcdefghijklmnopqrstuvwxyz0123456789", 36, 0, "gpt: a name of 36, without NUL" },
		{ "", 0, -EPROTO, "gpt: an empty name" },
		{ "\0x", 2, -EPROTO, "gpt: an empty name with something after it" },
		{ "my model", 8, -EPROTO, "gpt: a name with a space" },
		{ "mod\xe9l", 5, -EPROTO, "gpt: a name that is not ASCII" },
		{ "a\x7f", 2, -EPROTO, "gpt: a name with DEL" },
		{ "a\n", 2, -EPROTO, "gpt: a name with a newline" },
		{ "abcdefghijklmnopqrstuvwxyz012345678 ", 36, -EPROTO, "gpt: a space at the end" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[GPT_NAME_MAX + 1] = "untouched";
		uint8_t raw[GPT_ENTRY_LEN] = { 0 }, *entry;
		struct gpt_partition p = { 0 };

		for (size_t k = 0; k < cases[i].n; k++)
			raw[56 + 2 * k] = (uint8_t)cases[i].units[k];
		entry = exact_copy(raw, sizeof(raw));
		p.entry = span_of(entry, sizeof(raw));
		is_int(gpt_name(&p, name), cases[i].error, cases[i].name);
		is_str(name, cases[i].error ? "untouched" : cases[i].units,
		       "gpt: ... and what comes of it");
		free(entry);
	}
}

/* What 8 bits of a unit do not show, and what follows the name. */
static void test_wide_names(void)
{
	char name[GPT_NAME_MAX + 1] = "untouched";
	uint8_t raw[GPT_ENTRY_LEN] = { 0 };
	struct gpt_partition p = { .entry = span_of(raw, sizeof(raw)) };

	set_le(raw + 56, 0x0161, 2);
	ok(gpt_name(&p, name) == -EPROTO && !strcmp(name, "untouched"),
	   "gpt: a unit is not cut to its lower byte");
	set_le(raw + 56, 0x6100, 2);
	ok(gpt_name(&p, name) == -EPROTO && !strcmp(name, "untouched"),
	   "gpt: units are little-endian");
	memcpy(raw + 56, "a\0b\0\0\0c\0", 8);
	ok(gpt_name(&p, name) == 0 && !memcmp(name, "ab\0", 4),
	   "gpt: a name ends at its first NUL");
}

static const uint8_t volume_guid[16] = { 0x50, 0x4d, 0x41, 0x52, 0x52, 0x41, 0x00, 0x54,
					 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10 };
static const uint8_t disk_guid[16] = { 0xdd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

/* Not in the order of the disk, and up to the first and the last sector that may be used. */
static const struct gpt_new two[] = {
	{ "llm.tokenizer", { 2, 2, 2 }, 50 * GPT_SECTOR, 13 * GPT_SECTOR },
	{ "abcdefghijklmnopqrstuvwxyz0123456789", { 1, 1, 1 }, 34 * GPT_SECTOR, 16 * GPT_SECTOR },
};

/* The tables of a disk of SECTORS with these two, by hand. */
static void expect_two(uint8_t head[GPT_HEAD_LEN], uint8_t tail[GPT_TAIL_LEN])
{
	uint8_t *h = head + GPT_SECTOR, *backup = tail + 32 * GPT_SECTOR;

	memset(head, 0, GPT_HEAD_LEN);
	memcpy(head + 446, "\0\0\2\0\xee\xff\xff\xff\1\0\0\0", 12);
	set_le(head + 446 + 12, SECTORS - 1, 4);
	memcpy(head + 510, "\x55\xaa", 2);
	for (size_t i = 0; i < 2; i++) {
		uint8_t *p = head + 2 * GPT_SECTOR + i * GPT_ENTRY_LEN;

		memcpy(p, volume_guid, 16);
		memcpy(p + 16, two[i].guid, 16);
		set_le(p + 32, i == 0 ? 50 : 34, 8);
		set_le(p + 40, i == 0 ? 62 : 49, 8);
		for (size_t k = 0; k < strlen(two[i].name); k++)
			p[56 + 2 * k] = (uint8_t)two[i].name[k];
	}
	memcpy(h, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
	set_le(h + 24, 1, 8);
	set_le(h + 32, SECTORS - 1, 8);
	set_le(h + 40, 34, 8);
	set_le(h + 48, SECTORS - 34, 8);
	memcpy(h + 56, disk_guid, 16);
	set_le(h + 72, 2, 8);
	set_le(h + 80, 128, 4);
	set_le(h + 84, 128, 4);
	seal(head);

	memcpy(tail, head + 2 * GPT_SECTOR, 32 * GPT_SECTOR);
	memcpy(backup, h, GPT_SECTOR);
	set_le(backup + 24, SECTORS - 1, 8);
	set_le(backup + 32, 1, 8);
	set_le(backup + 72, SECTORS - 33, 8);
	set_le(backup + 16, 0, 4);
	set_le(backup + 16, crc32_of(backup, 92), 4);
}

static void test_make(void)
{
	uint8_t head[GPT_HEAD_LEN], tail[GPT_TAIL_LEN];
	uint8_t want_head[GPT_HEAD_LEN], want_tail[GPT_TAIL_LEN];
	char name[GPT_NAME_MAX + 1];
	static struct gpt gpt;
	int held = 1;

	memset(head, 0xa5, sizeof(head));
	memset(tail, 0xa5, sizeof(tail));
	expect_two(want_head, want_tail);
	is_int(gpt_make(disk_guid, two, 2, SECTORS * GPT_SECTOR, head, tail), 0,
	       "gpt: tables are made");
	ok(!memcmp(head, want_head, sizeof(head)), "gpt: the head is as made by hand");
	ok(!memcmp(tail, want_tail, sizeof(tail)), "gpt: so is the tail");
	ok(gpt_parse(span_of(head, sizeof(head)), SECTORS * GPT_SECTOR, &gpt, NULL) == 0 &&
		   gpt.n_partitions == 2,
	   "gpt: what was made is read");
	for (size_t i = 0; i < gpt.n_partitions; i++)
		held &= gpt_is_volume(&gpt.partition[i]) && gpt.partition[i].off == two[i].off &&
			gpt.partition[i].len == two[i].len &&
			gpt_name(&gpt.partition[i], name) == 0 && !strcmp(name, two[i].name);
	ok(held, "gpt: type, place and name are those that were given");

	is_int(gpt_make(disk_guid, NULL, 0, 68 * GPT_SECTOR, head, tail), 0,
	       "gpt: no partitions, on the smallest disk");
	ok(gpt_parse(span_of(head, sizeof(head)), 68 * GPT_SECTOR, &gpt, NULL) == 0 &&
		   gpt.n_partitions == 0,
	   "gpt: that is read too");
}

static void test_make_many(void)
{
	static struct gpt_new parts[GPT_PARTITIONS_MAX + 1];
	const uint64_t huge = HUGE_SECTORS * GPT_SECTOR;
	uint8_t head[GPT_HEAD_LEN], tail[GPT_TAIL_LEN];
	static struct gpt gpt;

	for (size_t i = 0; i < GPT_PARTITIONS_MAX + 1; i++)
		parts[i] = (struct gpt_new){ "p", { 0 }, (34 + i) * GPT_SECTOR, GPT_SECTOR };
	parts[127].len = huge - GPT_TAIL_LEN - parts[127].off;
	ok(gpt_make(disk_guid, parts, 128, huge, head, tail) == 0 &&
		   gpt_parse(span_of(head, sizeof(head)), huge, &gpt, NULL) == 0 &&
		   gpt.n_partitions == 128 && gpt.partition[127].len == parts[127].len,
	   "gpt: 128 partitions fill the largest disk");
	ok(!memcmp(head + 446 + 12, "\xff\xff\xff\xff", 4),
	   "gpt: the protective record of a disk over 2 TiB ends at its last number");
	ok(gpt_make(disk_guid, parts, 1, 0xffffffff * (uint64_t)GPT_SECTOR, head, tail) == 0 &&
		   !memcmp(head + 446 + 12, "\xfe\xff\xff\xff", 4),
	   "gpt: that of a smaller one ends with the disk");
	parts[127].len = GPT_SECTOR;
	memset(head, 0xa5, sizeof(head));
	ok(gpt_make(disk_guid, parts, 129, huge, head, tail) == -EINVAL && head[0] == 0xa5,
	   "gpt: 129 are refused");
}

static int all_are(const uint8_t *p, size_t len, uint8_t c)
{
	while (len > 0 && p[len - 1] == c)
		len--;
	return len == 0;
}

/* Each beside a good partition of sectors 50 to 54. */
#define AT(off_, len_) { "p", { 9 }, (uint64_t)(off_), (uint64_t)(len_) }
#define NAMED(name_)   { name_, { 9 }, 34 * 512, 512 }

static void test_make_refuses(void)
{
	static const struct {
		struct gpt_new part;
		uint64_t disk_len;
		const char *name;
	} cases[] = {
		{ NAMED(""), 96 * 512, "gpt_make: an empty name" },
		{ NAMED("abcdefghijklmnopqrstuvwxyz01234567890"), 96 * 512, "gpt_make: 37 units" },
		{ NAMED("a b"), 96 * 512, "gpt_make: a space" },
		{ NAMED("a\x7f"), 96 * 512, "gpt_make: DEL" },
		{ NAMED("a\xc3\xa9"), 96 * 512, "gpt_make: UTF-8" },
		{ AT(34 * 512 + 1, 512), 96 * 512, "gpt_make: a part of a sector before" },
		{ AT(34 * 512, 513), 96 * 512, "gpt_make: a part of a sector at the end" },
		{ AT(34 * 512, 0), 96 * 512, "gpt_make: no bytes" },
		{ AT(33 * 512, 512), 96 * 512, "gpt_make: in the table" },
		{ AT(62 * 512, 2 * 512), 96 * 512, "gpt_make: into the backup" },
		{ AT(63 * 512, 512), 96 * 512, "gpt_make: in the backup" },
		{ AT(200 * 512, 512), 96 * 512, "gpt_make: past the disk" },
		{ AT(34 * 512, 0 - 512ull), 96 * 512, "gpt_make: a length that wraps" },
		{ AT(0 - 512ull, 512), 96 * 512, "gpt_make: a start that wraps" },
		{ AT(50 * 512, 512), 96 * 512, "gpt_make: the first sector of another" },
		{ AT(54 * 512, 2 * 512), 96 * 512, "gpt_make: the last sector of another" },
		{ AT(49 * 512, 8 * 512), 96 * 512, "gpt_make: around another" },
		{ AT(52 * 512, 512), 96 * 512, "gpt_make: inside another" },
		{ AT(34 * 512, 512), 96 * 512 + 1, "gpt_make: a disk with a part of a sector" },
	};
	uint8_t head[GPT_HEAD_LEN], tail[GPT_TAIL_LEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gpt_new parts[] = { { "q", { 8 }, 50 * 512, 5 * 512 }, cases[i].part };
		int r;

		memset(head, 0xa5, sizeof(head));
		memset(tail, 0xa5, sizeof(tail));
		r = gpt_make(disk_guid, parts, 2, cases[i].disk_len, head, tail);
		ok(r == -EINVAL && all_are(head, sizeof(head), 0xa5) &&
			   all_are(tail, sizeof(tail), 0xa5),
		   cases[i].name);
	}
}

static void test_make_small(void)
{
	static const uint64_t sizes[] = { 0, 512, 33 * 512, 34 * 512, 67 * 512, 68 * 512 - 1 };
	uint8_t head[GPT_HEAD_LEN], tail[GPT_TAIL_LEN];
	int held = 1;

	memset(head, 0xa5, sizeof(head));
	memset(tail, 0xa5, sizeof(tail));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		held &= gpt_make(disk_guid, NULL, 0, sizes[i], head, tail) == -EINVAL;
	ok(held && all_are(head, sizeof(head), 0xa5) && all_are(tail, sizeof(tail), 0xa5),
	   "gpt_make: a disk without a sector between the tables");
}

int main(void)
{
	test_read();
	test_esp_count();
	test_prefixes();
	test_twins();
	test_heads();
	test_huge_disk();
	test_names();
	test_wide_names();
	test_make();
	test_make_many();
	test_make_refuses();
	test_make_small();
	return tap_done();
}
