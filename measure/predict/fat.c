/* SPDX-License-Identifier: MIT */
#include "measure/predict/fat.h"

#include <errno.h>
#include <string.h>

#define SECTOR	       512
#define ENTRY_LEN      32
#define FAT16_MIN      4085 /* clusters; below it is FAT12 */
#define FAT32_MIN      65525
#define FAT32_MAX      0x0ffffff5
#define LFN_PARTS_MAX  20 /* of 13 characters: 255 fit */
#define LFN_PART_CHARS 13

enum { ATTR_VOLUME = 0x08, ATTR_DIR = 0x10, ATTR_LFN = 0x0f, ATTR_LFN_MASK = 0x3f };

/* The fields of the boot sector that say where everything is. */
struct bpb {
	uint16_t sector_len, reserved, root_entries, sectors16, table16;
	uint8_t cluster_sectors, n_tables;
	uint32_t sectors32, table32, root_cluster;
};

static int read_bpb(struct span s, struct bpb *b)
{
	if (span_skip(&s, 11) < 0 || span_u16le(&s, &b->sector_len) < 0 ||
	    span_u8(&s, &b->cluster_sectors) < 0 || span_u16le(&s, &b->reserved) < 0 ||
	    span_u8(&s, &b->n_tables) < 0 || span_u16le(&s, &b->root_entries) < 0 ||
	    span_u16le(&s, &b->sectors16) < 0 || span_skip(&s, 1) < 0 ||
	    span_u16le(&s, &b->table16) < 0 || span_skip(&s, 8) < 0 ||
	    span_u32le(&s, &b->sectors32) < 0 || span_u32le(&s, &b->table32) < 0 ||
	    span_skip(&s, 4) < 0 || span_u32le(&s, &b->root_cluster) < 0)
		return -EBADMSG;
	return 0;
}

static bool bpb_is_sane(const struct bpb *b)
{
	return b->cluster_sectors > 0 && (b->cluster_sectors & (b->cluster_sectors - 1)) == 0 &&
	       b->reserved > 0 && b->n_tables >= 1 && b->n_tables <= 2;
}

/* No sum can overflow 64 bits: sector counts have 32 bits, sectors 512 bytes. */
static int lay_out(struct fat *fat, const struct bpb *b, struct diag *diag)
{
	uint64_t total = b->sectors16 ? b->sectors16 : b->sectors32;
	uint64_t table = b->table16 ? b->table16 : b->table32;
	uint64_t root = ((uint64_t)b->root_entries * ENTRY_LEN + SECTOR - 1) / SECTOR;
	uint64_t data = b->reserved + b->n_tables * table + root;
	uint64_t n_clusters;

	if (total > fat->bytes.left / SECTOR || data >= total)
		return diag_at(diag, 19, "FAT: the file system is larger than its partition",
			       -EBADMSG);
	n_clusters = (total - data) / b->cluster_sectors;
	if (n_clusters < FAT16_MIN)
		return diag_at(diag, 13, "FAT12 is not supported", -ENOTSUP);
	fat->is_32 = n_clusters >= FAT32_MIN;
	if (n_clusters > FAT32_MAX || fat->is_32 != (b->root_entries == 0) ||
	    fat->is_32 != (b->table16 == 0))
		return diag_at(diag, 17, "FAT: neither a whole FAT16 nor a whole FAT32", -EBADMSG);
	if (table * SECTOR / (fat->is_32 ? 4 : 2) < n_clusters + 2)
		return diag_at(diag, 22, "FAT: the table is too short", -EBADMSG);
	fat->n_clusters = (uint32_t)n_clusters;
	fat->cluster_len = (size_t)b->cluster_sectors * SECTOR;
	fat->root_cluster = b->root_cluster;
	if (span_at(&fat->bytes, (size_t)b->reserved * SECTOR, table * SECTOR, &fat->table) < 0 ||
	    span_at(&fat->bytes, (data - root) * SECTOR, (size_t)b->root_entries * ENTRY_LEN,
		    &fat->root) < 0 ||
	    span_at(&fat->bytes, data * SECTOR, n_clusters * fat->cluster_len, &fat->data) < 0)
		return diag_at(diag, 0, "FAT: cut short", -EBADMSG);
	return 0;
}

int fat_open(struct span partition, struct fat *ret_fat, struct diag *diag)
{
	struct fat fat = { .bytes = partition };
	struct bpb b = { 0 };
	int r;

	if (partition.left < SECTOR || partition.p[510] != 0x55 || partition.p[511] != 0xaa ||
	    read_bpb(partition, &b) < 0)
		return diag_at(diag, 0, "no FAT boot sector", -EBADMSG);
	if (b.sector_len != SECTOR)
		return diag_at(diag, 11, "FAT: sectors are not of 512 bytes", -ENOTSUP);
	if (!bpb_is_sane(&b))
		return diag_at(diag, 13, "FAT: malformed boot sector", -EBADMSG);
	r = lay_out(&fat, &b, diag);
	if (r < 0)
		return r;
	*ret_fat = fat;
	return 0;
}

static int cluster_bytes(const struct fat *fat, uint32_t cluster, struct span *ret)
{
	if (cluster < 2 || cluster - 2 >= fat->n_clusters)
		return -EBADMSG;
	return span_at(&fat->data, (cluster - 2) * fat->cluster_len, fat->cluster_len, ret);
}

/* What the table says of a cluster; 0: it is the last of its chain. */
static int next_cluster(const struct fat *fat, uint32_t cluster, uint32_t *ret_next)
{
	struct span s = fat->table;
	uint32_t next;

	if (fat->is_32) {
		if (span_skip(&s, (size_t)cluster * 4) < 0 || span_u32le(&s, &next) < 0)
			return -EBADMSG;
		next &= 0x0fffffff; /* the upper four bits are reserved */
	} else {
		uint16_t next16;

		if (span_skip(&s, (size_t)cluster * 2) < 0 || span_u16le(&s, &next16) < 0)
			return -EBADMSG;
		next = next16 >= 0xfff8 ? 0x0fffffff : next16;
	}
	if (next >= 0x0ffffff8)
		next = 0;
	else if (next < 2 || next - 2 >= fat->n_clusters)
		return -EBADMSG;
	*ret_next = next;
	return 0;
}

/*
 * One step. The mark moves up with each power of two, so a loop is found within three times the
 * steps that lead into it and around it: R. P. Brent, "An improved Monte Carlo factorization
 * algorithm", section 3. Else a disk could have a file of 4 GB in one cluster walked to its end.
 */
static int chain_step(const struct fat *fat, struct fat_chain *chain)
{
	uint32_t next;

	if ((chain->n & (chain->n - 1)) == 0)
		chain->mark = chain->cluster;
	chain->n++;
	if (next_cluster(fat, chain->cluster, &next) < 0 || next == chain->mark)
		return -EBADMSG;
	chain->cluster = next;
	return 0;
}

int fat_dir_open(const struct fat *fat, const struct fat_entry *dir, struct fat_dir *ret_dir)
{
	struct fat_dir d = { 0 };

	if (dir && !dir->is_dir)
		return -ENOTDIR;
	if (dir && !dir->is_root)
		d.chain.cluster = dir->cluster;
	else if (fat->is_32)
		d.chain.cluster = fat->root_cluster;
	else {
		d.rest = fat->root;
		*ret_dir = d;
		return 0;
	}
	if (cluster_bytes(fat, d.chain.cluster, &d.rest) < 0)
		return -EBADMSG;
	*ret_dir = d;
	return 0;
}

/* The next 32 bytes of a directory: 1, or 0 at the end. */
static int take_raw(const struct fat *fat, struct fat_dir *dir, struct span *ret_raw)
{
	if (dir->rest.left >= ENTRY_LEN)
		return span_take(&dir->rest, ENTRY_LEN, ret_raw) < 0 ? -EBADMSG : 1;
	if (dir->chain.cluster == 0)
		return 0;
	if (chain_step(fat, &dir->chain) < 0)
		return -EBADMSG;
	if (dir->chain.cluster == 0)
		return 0;
	if (dir->chain.n >= (size_t)FAT_DIR_MAX * ENTRY_LEN / fat->cluster_len)
		return -EBADMSG; /* longer than the format allows */
	if (cluster_bytes(fat, dir->chain.cluster, &dir->rest) < 0)
		return -EBADMSG;
	return take_raw(fat, dir, ret_raw);
}

/*
 * A long name as it is put together. Its parts come last first, each with the short name's
 * checksum.
 */
struct lfn {
	char name[LFN_PARTS_MAX * LFN_PART_CHARS + 1];
	unsigned next; /* number of the part that must follow; 0: whole */
	bool active;
	uint8_t checksum;
};

static int add_lfn_part(struct lfn *lfn, const uint8_t *raw)
{
	static const uint8_t at[LFN_PART_CHARS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	unsigned part = raw[0] & 0x3f;

	if (raw[0] & 0x40) {
		*lfn = (struct lfn){ .active = true, .next = part, .checksum = raw[13] };
	}
	if (!lfn->active || part == 0 || part > LFN_PARTS_MAX || part != lfn->next ||
	    lfn->checksum != raw[13])
		return -EBADMSG;
	lfn->next = part - 1;
	for (size_t i = 0; i < LFN_PART_CHARS; i++) {
		uint16_t c = (uint16_t)(raw[at[i]] | raw[at[i] + 1] << 8);

		if (c == 0)
			return raw[0] & 0x40 ? 0 : -EBADMSG; /* only the last part may be short */
		lfn->name[(part - 1) * LFN_PART_CHARS + i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	return 0;
}

static uint8_t short_checksum(const uint8_t *raw)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + raw[i]);
	return sum;
}

/* "README  TXT" to "README.TXT"; bits 3 and 4 of byte 12 say which part is lower-case. */
static void short_name(const uint8_t *raw, char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < 11; i++) {
		bool lower = raw[12] & (i < 8 ? 0x08 : 0x10);
		char c = raw[i] >= 0x20 && raw[i] < 0x7f ? (char)raw[i] : '?';

		if (i == 8 && memcmp(raw + 8, "   ", 3) != 0)
			name[n++] = '.';
		if (c == ' ')
			continue;
		name[n++] = lower && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	name[n] = 0;
}

static int make_entry(const uint8_t *raw, const struct lfn *lfn, struct fat_entry *ret)
{
	struct fat_entry e = { .is_dir = raw[11] & ATTR_DIR };

	e.cluster = (uint32_t)(raw[26] | raw[27] << 8) | (uint32_t)(raw[20] | raw[21] << 8) << 16;
	e.size = (uint32_t)(raw[28] | raw[29] << 8) | (uint32_t)(raw[30] | raw[31] << 8) << 16;
	if (lfn->active) {
		if (lfn->next != 0 || lfn->checksum != short_checksum(raw) ||
		    strlen(lfn->name) > FAT_NAME_MAX)
			return -EBADMSG;
		memcpy(e.name, lfn->name, strlen(lfn->name) + 1);
	} else {
		short_name(raw, e.name);
	}
	if (e.is_dir)
		e.size = 0;
	*ret = e;
	return 0;
}

int fat_dir_next(const struct fat *fat, struct fat_dir *dir, struct fat_entry *ret_entry)
{
	struct lfn lfn = { 0 };
	struct span raw;
	int r;

	while (!dir->done && (r = take_raw(fat, dir, &raw)) != 0) {
		if (r < 0)
			return r;
		if (raw.p[0] == 0) {
			dir->done = true; /* nothing follows, says the format */
			break;
		}
		if (raw.p[0] == 0xe5) { /* deleted */
			if (lfn.active)
				return -EBADMSG;
			continue;
		}
		if ((raw.p[11] & ATTR_LFN_MASK) == ATTR_LFN) {
			if (add_lfn_part(&lfn, raw.p) < 0)
				return -EBADMSG;
			continue;
		}
		if (raw.p[0] == '.' || raw.p[11] & ATTR_VOLUME) {
			if (lfn.active)
				return -EBADMSG;
			continue;
		}
		return make_entry(raw.p, &lfn, ret_entry) < 0 ? -EBADMSG : 1;
	}
	return lfn.active ? -EBADMSG : 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool name_matches(const char *name, const char *part, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] == 0 || lower(name[i]) != lower(part[i]))
			return false;
	return name[len] == 0;
}

static int find_in(const struct fat *fat, const struct fat_entry *dir, const char *part, size_t len,
		   struct fat_entry *ret)
{
	struct fat_entry e;
	struct fat_dir d;
	int r;

	r = fat_dir_open(fat, dir, &d);
	if (r < 0)
		return r;
	while ((r = fat_dir_next(fat, &d, &e)) > 0)
		if (name_matches(e.name, part, len)) {
			*ret = e;
			return 0;
		}
	return r < 0 ? r : -ENOENT;
}

int fat_lookup(const struct fat *fat, const char *path, struct fat_entry *ret_entry)
{
	struct fat_entry at = { .is_dir = true, .is_root = true };

	while (*path) {
		size_t len = strcspn(path, "/");
		int r = find_in(fat, &at, path, len, &at);

		if (r < 0)
			return r;
		path += len;
		path += *path == '/';
	}
	*ret_entry = at;
	return 0;
}

static size_t clusters_of(const struct fat *fat, const struct fat_entry *file)
{
	return file->size / fat->cluster_len + (file->size % fat->cluster_len > 0);
}

/*
 * The cluster where a file's chain is, and a step on: the chain must end exactly after the last
 * cluster that size needs.
 */
static int take_cluster(const struct fat *fat, struct fat_chain *chain, bool is_last,
			struct span *ret_bytes)
{
	if (cluster_bytes(fat, chain->cluster, ret_bytes) < 0 || chain_step(fat, chain) < 0 ||
	    (chain->cluster == 0) != is_last)
		return -EBADMSG;
	return 0;
}

int fat_map(const struct fat *fat, const struct fat_entry *file, struct span *ret_bytes)
{
	size_t n = clusters_of(fat, file);
	struct fat_chain chain = { .cluster = file->cluster };
	struct span at, bytes;
	bool contiguous = true;

	if (file->is_dir)
		return -EISDIR;
	if (n == 0) {
		if (chain.cluster != 0)
			return -EBADMSG;
		*ret_bytes = span_of(fat->data.p, 0);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t here = chain.cluster;

		if (take_cluster(fat, &chain, i + 1 == n, &at) < 0)
			return -EBADMSG;
		if (i + 1 < n && chain.cluster != here + 1)
			contiguous = false;
	}
	if (!contiguous)
		return -ERANGE;
	if (span_at(&fat->data, (file->cluster - 2) * fat->cluster_len, file->size, &bytes) < 0)
		return -EBADMSG;
	*ret_bytes = bytes;
	return 0;
}

int fat_read(const struct fat *fat, const struct fat_entry *file, uint8_t *buf)
{
	size_t n = clusters_of(fat, file), left = file->size;
	struct fat_chain chain = { .cluster = file->cluster };

	if (file->is_dir)
		return -EISDIR;
	if (n == 0)
		return chain.cluster == 0 ? 0 : -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		struct span at;
		size_t len;

		if (take_cluster(fat, &chain, i + 1 == n, &at) < 0)
			return -EBADMSG;
		len = left < at.left ? left : at.left;
		memcpy(buf, at.p, len);
		buf += len;
		left -= len;
	}
	return 0;
}
