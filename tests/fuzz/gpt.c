/* SPDX-License-Identifier: MIT */
/*
 * gpt_parse() and what is asked of a table: partitions are on the disk and apart from each other.
 * The input is read as it is, and then with the CRCs made right, which no mutation hits.
 */
#include "measure/lib/gpt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/bytes.h"

#define DISK_LEN (1 << 20)

/* Without a branch, which would be a call of the coverage for each bit. */
static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
	}
	return ~crc;
}

static void check_partition(const struct gpt *gpt, size_t number, struct span input)
{
	const struct gpt_partition *p = &gpt->partition[number];
	char name[GPT_NAME_MAX + 1];

	require(is_inside(p->entry, input) && p->entry.left == GPT_ENTRY_LEN);
	require(p->len > 0 && p->off <= DISK_LEN && p->len <= DISK_LEN - p->off);
	for (size_t i = 0; i < number; i++)
		require(p->off >= gpt->partition[i].off + gpt->partition[i].len ||
			gpt->partition[i].off >= p->off + p->len);
	memset(name, FRESH, sizeof(name));
	if (gpt_name(p, name) < 0)
		require(is_fresh(name, sizeof(name)));
	else
		require(strlen(name) > 0 && strlen(name) <= GPT_NAME_MAX && is_line(name));
	(void)gpt_is_volume(p);
}

static void fuzz_table(struct span input)
{
	static struct gpt gpt;
	static uint8_t event[GPT_EVENT_MAX];
	struct diag diag = { .off = SIZE_MAX };
	uint64_t off = 0, len = 0;
	size_t event_len;

	memset(&gpt, FRESH, sizeof(gpt));
	if (gpt_parse(input, DISK_LEN, &gpt, &diag) < 0) {
		require(is_fresh(&gpt, sizeof(gpt)) && diag.what);
		return;
	}
	require(is_inside(gpt.header, input) && gpt.header.left == GPT_HEADER_LEN &&
		gpt.n_partitions <= GPT_PARTITIONS_MAX);
	for (size_t i = 0; i < gpt.n_partitions; i++)
		check_partition(&gpt, i, input);
	gpt_event(&gpt, event, &event_len);
	require(event_len == GPT_HEADER_LEN + 8 + gpt.n_partitions * GPT_ENTRY_LEN);
	if (gpt_esp(&gpt, &off, &len) == 0)
		require(len > 0 && off <= DISK_LEN && len <= DISK_LEN - off);
	else
		require(off == 0 && len == 0);
}

/* Entries first: the header has their CRC, and then its own. */
static void fix_crcs(uint8_t *p, size_t len)
{
	uint8_t *header = p + GPT_SECTOR;
	struct span head = span_of(p, len), s, entries;
	uint64_t lba = 0;
	uint32_t n = 0;

	if (span_at(&head, GPT_SECTOR + 72, 12, &s) < 0 || len < GPT_SECTOR + GPT_HEADER_LEN)
		return;
	(void)span_u64le(&s, &lba);
	(void)span_u32le(&s, &n);
	if (lba < len && n <= GPT_PARTITIONS_MAX &&
	    span_at(&head, lba * GPT_SECTOR, (size_t)n * GPT_ENTRY_LEN, &entries) == 0)
		set_le(header + 88, crc32_of(entries.p, entries.left), 4);
	set_le(header + 16, 0, 4);
	set_le(header + 16, crc32_of(header, GPT_HEADER_LEN), 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);

	fuzz_table(span_of(data, size));
	fix_crcs(copy, size);
	fuzz_table(span_of(copy, size));
	free(copy);
	return 0;
}
