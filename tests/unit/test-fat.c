/* SPDX-License-Identifier: MIT */
#include "measure/predict/fat.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define SECTOR 512

/* A file system made by hand, one sector a cluster. */
struct disk {
	uint8_t *p;
	size_t len;
	int is_32;
	size_t table_off, table_len, root_off, data_off;
	struct fat fat;
};

static void set_fat(struct disk *d, uint32_t cluster, uint32_t value)
{
	for (size_t copy = 0; copy < 2; copy++) {
		uint8_t *table = d->p + d->table_off + copy * d->table_len;

		if (d->is_32)
			set_le(table + cluster * 4, value, 4);
		else
			set_le(table + cluster * 2, value, 2);
	}
}

static uint32_t end_of_chain(const struct disk *d)
{
	return d->is_32 ? 0x0fffffff : 0xffff;
}

static uint8_t *cluster(struct disk *d, uint32_t n)
{
	return d->p + d->data_off + (n - 2) * SECTOR;
}

static void make_disk(struct disk *d, int is_32, uint32_t n_clusters)
{
	uint32_t entry = is_32 ? 4 : 2, reserved = is_32 ? 32 : 1, root = is_32 ? 0 : 512;
	uint32_t table = (n_clusters + 2) * entry / SECTOR + 1;
	uint32_t total = reserved + 2 * table + root * 32 / SECTOR + n_clusters;

	*d = (struct disk){ .is_32 = is_32, .len = (size_t)total * SECTOR };
	d->p = calloc(total, SECTOR);
	if (!d->p)
		abort();
	d->table_off = reserved * SECTOR;
	d->table_len = table * SECTOR;
	d->root_off = d->table_off + 2 * d->table_len;
	d->data_off = d->root_off + root * 32;
	set_le(d->p + 11, SECTOR, 2);
	d->p[13] = 1;
	set_le(d->p + 14, reserved, 2);
	d->p[16] = 2;
	set_le(d->p + 17, root, 2);
	set_le(d->p + (total < 65536 ? 19 : 32), total, total < 65536 ? 2 : 4);
	if (!is_32)
		set_le(d->p + 22, table, 2);
	set_le(d->p + 36, is_32 ? table : 0, 4);
	set_le(d->p + 44, is_32 ? 2 : 0, 4);
	d->p[510] = 0x55;
	d->p[511] = 0xaa;
	if (is_32) {
		set_fat(d, 2, end_of_chain(d));
		d->root_off = d->data_off;
	}
}

static uint8_t *put_short(uint8_t *at, const char *name11, uint8_t attr, uint32_t first,
			  uint32_t size)
{
	memcpy(at, name11, 11);
	at[11] = attr;
	set_le(at + 20, first >> 16, 2);
	set_le(at + 26, first, 2);
	set_le(at + 28, size, 4);
	return at + 32;
}

/* The parts of a long name, last first, before its short name. */
static uint8_t *put_long(uint8_t *at, const char *name, const char *name11)
{
	static const uint8_t place[13] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	size_t len = strlen(name), parts = (len + 12) / 13;
	uint8_t sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + (uint8_t)name11[i]);
	for (size_t part = parts; part > 0; part--, at += 32) {
		at[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
		at[11] = 0x0f;
		at[13] = sum;
		for (size_t i = 0; i < 13; i++) {
			size_t k = (part - 1) * 13 + i;

			set_le(at + place[i],
			       k < len	  ? (uint8_t)name[k]
			       : k == len ? 0
					  : 0xffff,
			       2);
		}
	}
	return at;
}

#define LONG_NAME "Rampart-Long_Name.efi"
#define SHORT_OF  "RAMPAR~1EFI"

/*
 * /EFI (clusters 3, then 9 with the entry of Linux), /EFI/Linux/<long name> of 1100 bytes in
 * clusters 10, 20, 11; /hello.txt of 600 bytes in 30, 31; /EMPTY.
 */
static void fill_disk(struct disk *d)
{
	uint8_t *root = d->p + d->root_off, *at;

	at = put_short(root, "RAMPART    ", 0x08, 0, 0);
	at = put_short(at, "\345ELETED TXT", 0x20, 50, 5);
	at = put_short(at, "EFI        ", 0x10, 3, 0);
	put_short(at, "HELLO   TXT", 0x20, 30, 600);
	at[12] = 0x18; /* both parts in lower case */
	put_short(at + 32, "EMPTY      ", 0x20, 0, 0);
	set_fat(d, 3, 9);
	set_fat(d, 9, end_of_chain(d));
	at = put_short(cluster(d, 3), ".          ", 0x10, 3, 0);
	at = put_short(at, "..         ", 0x10, 0, 0);
	for (size_t i = 2; i < SECTOR / 32; i++)
		at = put_short(at, "\xe5           ", 0, 0, 0);
	put_short(put_long(cluster(d, 9), "Linux", "LINUX      "), "LINUX      ", 0x10, 4, 0);
	set_fat(d, 4, end_of_chain(d));
	put_short(put_long(cluster(d, 4), LONG_NAME, SHORT_OF), SHORT_OF, 0x20, 10, 1100);
	set_fat(d, 10, 20);
	set_fat(d, 20, 11);
	set_fat(d, 11, end_of_chain(d));
	set_fat(d, 30, 31);
	set_fat(d, 31, end_of_chain(d));
	memset(cluster(d, 10), 'x', SECTOR);
	memset(cluster(d, 20), 'y', SECTOR);
	memset(cluster(d, 11), 'z', SECTOR);
	memset(cluster(d, 30), 'h', 2 * SECTOR);
}

static int reopen(struct disk *d)
{
	return fat_open(span_of(d->p, d->len), &d->fat, NULL);
}

static void make_filled(struct disk *d)
{
	make_disk(d, 0, 4200);
	fill_disk(d);
	if (reopen(d) < 0)
		abort();
}

static void test_files(struct disk *d, const char *kind)
{
	uint8_t expected[1100], buf[1100];
	struct fat_entry file;
	struct span bytes;
	char name[128];

	snprintf(name, sizeof(name), "%s: is read", kind);
	is_int(reopen(d), 0, name);
	snprintf(name, sizeof(name), "%s: a file in one piece is found where it stands", kind);
	ok(fat_lookup(&d->fat, "hello.txt", &file) == 0 && file.size == 600 &&
		   fat_map(&d->fat, &file, &bytes) == 0 && bytes.left == 600 &&
		   bytes.p == cluster(d, 30),
	   name);
	snprintf(name, sizeof(name), "%s: a long name is found, whatever its case", kind);
	is_int(fat_lookup(&d->fat, "efi/LINUX/rampart-LONG_name.EFI", &file), 0, name);
	snprintf(name, sizeof(name), "%s: and kept as it is written", kind);
	is_str(file.name, LONG_NAME, name);
	snprintf(name, sizeof(name), "%s: a file in pieces is put together", kind);
	memset(expected, 'x', 512);
	memset(expected + 512, 'y', 512);
	memset(expected + 1024, 'z', 76);
	ok(fat_map(&d->fat, &file, &bytes) == -ERANGE && fat_read(&d->fat, &file, buf) == 0 &&
		   !memcmp(buf, expected, sizeof(buf)),
	   name);
}

static void test_lookup_errors(void)
{
	struct fat_entry e = { .size = 4711 };
	struct span bytes;
	struct disk d;

	make_filled(&d);
	is_int(fat_lookup(&d.fat, "EFI/BOOT", &e), -ENOENT, "fat: a missing file is not found");
	is_int(fat_lookup(&d.fat, "hello.txt/x", &e), -ENOTDIR, "fat: a file is no directory");
	is_int(fat_lookup(&d.fat, "hello", &e), -ENOENT,
	       "fat: the beginning of a name is not the name");
	is_int(e.size, 4711, "fat: nothing is set then");
	ok(fat_lookup(&d.fat, "EFI", &e) == 0 && fat_map(&d.fat, &e, &bytes) == -EISDIR,
	   "fat: a directory has no bytes");
	ok(fat_lookup(&d.fat, "EMPTY", &e) == 0 && fat_map(&d.fat, &e, &bytes) == 0 &&
		   bytes.left == 0,
	   "fat: an empty file has none either");
	free(d.p);
}

static void test_listing(void)
{
	char all[256] = "";
	struct fat_entry e;
	struct fat_dir dir;
	struct disk d;
	int r;

	make_filled(&d);
	is_int(fat_dir_open(&d.fat, NULL, &dir), 0, "fat: the root directory opens");
	while ((r = fat_dir_next(&d.fat, &dir, &e)) > 0) {
		strcat(all, e.name);
		strcat(all, e.is_dir ? "/ " : " ");
	}
	is_int(r, 0, "fat: it ends");
	is_str(all, "EFI/ hello.txt EMPTY ", "fat: label and deleted entries are not listed");
	free(d.p);
}

/* A change to the file system, and what reading hello.txt or the long name then says. */
static int file_error(struct disk *d, const char *path)
{
	uint8_t buf[1100];
	struct fat_entry file;
	struct span bytes;
	int r = fat_lookup(&d->fat, path, &file), r_read;

	if (r < 0)
		return r;
	r = fat_map(&d->fat, &file, &bytes);
	r_read = file.size <= sizeof(buf) ? fat_read(&d->fat, &file, buf) : r;
	return r == r_read ? r : r == -ERANGE ? r_read : -1000;
}

/* A disk of a megabyte must not keep who reads it for the 65536 entries that a directory may have. */
static void test_rounds(void)
{
	struct fat_entry e;
	struct fat_dir dir;
	struct disk d;
	size_t n = 0;
	uint8_t *at;
	int r;

	make_filled(&d);
	at = cluster(&d, 9);
	for (size_t i = 0; i < SECTOR / 32; i++)
		at = put_short(at, "FILE       ", 0x20, 0, 0);
	set_fat(&d, 9, 3);
	if (fat_lookup(&d.fat, "EFI", &e) < 0 || fat_dir_open(&d.fat, &e, &dir) < 0)
		abort();
	while ((r = fat_dir_next(&d.fat, &dir, &e)) > 0)
		n++;
	ok(r == -EBADMSG && n < (size_t)4 * SECTOR / 32,
	   "fat: one that runs in a circle is left within four rounds");
	free(d.p);
}

static void test_chains(void)
{
	static const struct {
		uint32_t cluster, value;
		const char *name;
	} changes[] = {
		{ 30, 30, "fat: a chain that runs in a circle is refused" },
		{ 30, 0xffff, "fat: a chain that ends early is refused" },
		{ 31, 32, "fat: a chain that goes on is refused" },
		{ 30, 0, "fat: a chain into a free cluster is refused" },
		{ 30, 1, "fat: a chain into a reserved cluster is refused" },
		{ 30, 4202, "fat: a chain past the last cluster is refused" },
		{ 30, 0xfff7, "fat: a chain into a bad cluster is refused" },
	};
	struct disk d;

	make_filled(&d);
	is_int(file_error(&d, "hello.txt"), 0, "fat: the good twin is read");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		set_fat(&d, 30, 31);
		set_fat(&d, 31, 0xffff);
		set_fat(&d, changes[i].cluster, changes[i].value);
		is_int(file_error(&d, "hello.txt"), -EBADMSG, changes[i].name);
	}
	free(d.p);

	make_filled(&d);
	memset(cluster(&d, 9), 0xe5, SECTOR);
	set_fat(&d, 9, 3);
	is_int(file_error(&d, "EFI/x"), -EBADMSG,
	       "fat: a directory that runs in a circle is refused");
	free(d.p);
	test_rounds();
}

static void test_entries(void)
{
	struct disk d;

	make_filled(&d);
	set_le(d.p + d.root_off + 3 * 32 + 28, 0xffffffff, 4);
	is_int(file_error(&d, "hello.txt"), -EBADMSG, "fat: a size beyond the chain is refused");
	set_le(d.p + d.root_off + 3 * 32 + 28, 0, 4);
	is_int(file_error(&d, "hello.txt"), -EBADMSG,
	       "fat: an empty file with a cluster is refused");
	set_le(d.p + d.root_off + 3 * 32 + 28, 600, 4);
	set_le(d.p + d.root_off + 3 * 32 + 20, 1, 2);
	is_int(file_error(&d, "hello.txt"), -EBADMSG,
	       "fat: a first cluster past the end is refused");
	free(d.p);
}

static void test_long_names(void)
{
	static const struct {
		size_t off;
		uint8_t value;
		const char *name;
	} changes[] = {
		{ 13, 0, "fat: a long name with another checksum is refused" },
		{ 0, 0x43, "fat: a long name that lacks a part is refused" },
		{ 32, 2, "fat: a long name with a part twice is refused" },
		{ 32, 0xe5, "fat: a long name with a deleted part is refused" },
		{ 32 + 13, 0, "fat: a part of another name is refused" },
		{ 64, 'X', "fat: a long name before another short name is refused" },
		{ 64, 0, "fat: a long name at the end of a directory is refused" },
		{ 0, 0x5f, "fat: a long name of 31 parts is refused" },
		{ 0, 0x40, "fat: a long name of no parts is refused" },
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct disk d;

		make_filled(&d);
		cluster(&d, 4)[changes[i].off] = changes[i].value;
		is_int(file_error(&d, "EFI/Linux/" LONG_NAME), -EBADMSG, changes[i].name);
		free(d.p);
	}
}

static void test_boot_sector(void)
{
	static const struct {
		size_t off, len;
		uint32_t value;
		int error;
		const char *name;
	} changes[] = {
		{ 510, 1, 0, -EBADMSG, "fat: no boot sector" },
		{ 11, 2, 4096, -ENOTSUP, "fat: sectors of 4096 bytes" },
		{ 11, 2, 0, -ENOTSUP, "fat: sectors of no bytes" },
		{ 13, 1, 0, -EBADMSG, "fat: clusters of no sectors" },
		{ 13, 1, 3, -EBADMSG, "fat: clusters of three sectors" },
		{ 13, 1, 2, -ENOTSUP, "fat: FAT12" },
		{ 14, 2, 0, -EBADMSG, "fat: no reserved sector" },
		{ 16, 1, 0, -EBADMSG, "fat: no table" },
		{ 16, 1, 3, -EBADMSG, "fat: three tables" },
		{ 17, 2, 0, -EBADMSG, "fat: FAT16 without a root directory" },
		{ 22, 2, 1, -EBADMSG, "fat: a table too short for the clusters" },
		{ 22, 2, 0xffff, -EBADMSG, "fat: tables longer than the partition" },
		{ 19, 2, 0xffff, -EBADMSG, "fat: more sectors than the partition" },
	};
	struct disk d;

	make_filled(&d);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct fat fat = { .n_clusters = 4711 };
		uint8_t before[4];
		int r;

		memcpy(before, d.p + changes[i].off, 4);
		set_le(d.p + changes[i].off, changes[i].value, changes[i].len);
		r = fat_open(span_of(d.p, d.len), &fat, NULL);
		memcpy(d.p + changes[i].off, before, 4);
		is_int(fat.n_clusters == 4711 ? r : 0, changes[i].error, changes[i].name);
	}
	free(d.p);
}

static void test_prefixes(void)
{
	struct disk d;
	int held = 1;

	make_filled(&d);
	for (size_t len = 0; len < d.len; len++) {
		/* Only the boot sector is looked at: the copy matters for the first bytes. */
		uint8_t *copy = len < 2048 ? exact_copy(d.p, len) : NULL;
		struct fat fat = { .n_clusters = 4711 };
		struct diag diag = { 0 };

		held &= fat_open(span_of(copy ? copy : d.p, len), &fat, &diag) < 0 && diag.what &&
			fat.n_clusters == 4711;
		free(copy);
	}
	ok(held, "fat: every prefix of a file system is an error");
	free(d.p);
}

int main(void)
{
	struct disk d;

	make_filled(&d);
	test_files(&d, "FAT16");
	free(d.p);
	make_disk(&d, 1, 65600);
	fill_disk(&d);
	test_files(&d, "FAT32");
	free(d.p);
	test_lookup_errors();
	test_listing();
	test_chains();
	test_entries();
	test_long_names();
	test_boot_sector();
	test_prefixes();
	return tap_done();
}
