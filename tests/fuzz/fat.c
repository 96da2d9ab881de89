/* SPDX-License-Identifier: MIT */
/*
 * fat_*(): every chain ends, and files are inside the partition. A FAT of this size is mostly
 * empty: the input is its boot sector, then the first kilobytes of its table, and then of its root
 * directory and clusters, laid over zeros.
 */
#include "measure/predict/fat.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

#define PARTITION_LEN ((size_t)35 << 20) /* the smallest FAT32 has 33 MB */
#define BOOT_LEN      512
#define TABLE_LEN     512 /* of the input that goes to the table */
/* Read of one file system: circles of directories are no error, and each may have FAT_DIR_MAX entries. */
#define ENTRIES_MAX 32
#define DEPTH_MAX   4

static uint8_t *partition;
static size_t n_entries;

static void check_file(const struct fat *fat, const struct fat_entry *e)
{
	struct span bytes = { 0 };
	int r = fat_map(fat, e, &bytes);
	uint8_t *copy;

	require(is_inside(bytes, fat->bytes) && (r < 0 ? bytes.left == 0 : bytes.left == e->size));
	if (e->size > PARTITION_LEN)
		require(r < 0);
	if (e->size > 1 << 16 || (r < 0 && r != -ERANGE))
		return;
	copy = room(e->size);
	require(fat_read(fat, e, copy) == 0);
	require(r < 0 || is_same(bytes, span_of(copy, e->size)));
	free(copy);
}

static void walk(const struct fat *fat, const struct fat_entry *dir, unsigned depth)
{
	struct fat_entry e;
	struct fat_dir d;
	int r = fat_dir_open(fat, dir, &d);

	while (r >= 0 && n_entries < ENTRIES_MAX) {
		memset(&e, FRESH, sizeof(e));
		r = fat_dir_next(fat, &d, &e);
		if (r <= 0) {
			require(is_fresh(&e, sizeof(e)));
			return;
		}
		n_entries++;
		require(strlen(e.name) <= FAT_NAME_MAX && is_line(e.name));
		if (!e.is_dir)
			check_file(fat, &e);
		else if (depth < DEPTH_MAX)
			walk(fat, &e, depth + 1);
	}
}

static size_t lay(const uint8_t *data, size_t size, size_t off, size_t max)
{
	size_t len = size < max ? size : max;

	if (off > PARTITION_LEN || len > PARTITION_LEN - off)
		return 0;
	memcpy(partition + off, data, len);
	return len;
}

/* Where the boot sector says that the table and what follows its copies are. */
static void find_places(size_t *ret_table, size_t *ret_rest)
{
	const uint8_t *b = partition;
	size_t reserved = b[14] | (size_t)b[15] << 8, len = b[22] | (size_t)b[23] << 8;

	if (len == 0)
		len = b[36] | (size_t)b[37] << 8;
	*ret_table = reserved * 512;
	*ret_rest = (reserved + b[16] * len) * 512;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "EFI/Linux/rampart.efi", "efi/linux.EFI", "readme.txt",
					     "" };
	size_t used = size < BOOT_LEN ? size : BOOT_LEN, table, rest;
	struct diag diag = { .off = SIZE_MAX };
	struct fat_entry e;
	struct fat fat;

	if (!partition)
		partition = calloc(1, PARTITION_LEN);
	require(partition != NULL);
	memcpy(partition, data, used);
	find_places(&table, &rest);
	used += lay(data + used, size - used, table, TABLE_LEN);
	(void)lay(data + used, size - used, rest, SIZE_MAX);
	memset(&fat, FRESH, sizeof(fat));
	if (fat_open(span_of(partition, PARTITION_LEN), &fat, &diag) < 0) {
		require(is_fresh(&fat, sizeof(fat)) && diag.what);
	} else {
		n_entries = 0;
		walk(&fat, NULL, 0);
		for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
			if (fat_lookup(&fat, paths[i], &e) == 0 && !e.is_dir)
				check_file(&fat, &e);
	}
	memset(partition, 0, BOOT_LEN);
	if (table < PARTITION_LEN)
		memset(partition + table, 0,
		       PARTITION_LEN - table < TABLE_LEN ? PARTITION_LEN - table : TABLE_LEN);
	if (rest < PARTITION_LEN)
		memset(partition + rest, 0,
		       PARTITION_LEN - rest < size ? PARTITION_LEN - rest : size);
	return 0;
}
