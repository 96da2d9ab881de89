/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/update/espdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/release/run.h"
#include "measure/predict/esp.h"
#include "measure/predict/uki.h"

static int fail_esp(const struct espdisk *disk, const struct predict_error *e, int error)
{
	return fail(disk->command, "%s: %s%s%s", disk->path, e->file, e->file[0] ? ": " : "",
		    e->diag.what ? e->diag.what : strerror(-error));
}

/* A slot's file, mapped or copied; free() *ret_copy. */
static int read_entry(const struct espdisk *disk, const struct fat_entry *entry,
		      struct span *ret_bytes, uint8_t **ret_copy)
{
	int r = fat_map(&disk->fat, entry, ret_bytes);

	*ret_copy = NULL;
	if (r != -ERANGE)
		return r;
	*ret_copy = malloc(entry->size);
	if (!*ret_copy)
		return -ENOMEM;
	*ret_bytes = span_of(*ret_copy, entry->size);
	return fat_read(&disk->fat, entry, *ret_copy);
}

static int add_slot(struct espdisk *disk, const struct fat_entry *entry)
{
	AUTO_FREE struct uki *uki = NULL;
	AUTO_FREE uint8_t *copy = NULL;
	struct span bytes;
	struct slot slot;
	int r;

	if (slot_parse(entry->name, &slot) < 0)
		return fail(disk->command,
			    "%s: " ESP_UKI_DIR "/%s: not named like a slot, rampartN.efi",
			    disk->path, entry->name);
	if (disk->n_slots == SLOTS_MAX)
		return fail(disk->command, "%s: " ESP_UKI_DIR ": more than %d slots", disk->path,
			    SLOTS_MAX);
	uki = malloc(sizeof(*uki));
	if (!uki)
		return fail(disk->command, "out of memory");
	r = read_entry(disk, entry, &bytes, &copy);
	if (r == 0)
		r = uki_parse(bytes, uki, NULL);
	if (r == 0)
		r = slot_release(uki->section[UKI_OSREL], &slot);
	if (r < 0)
		return fail(disk->command, "%s: " ESP_UKI_DIR "/%s: not a UKI with an image's name",
			    disk->path, entry->name);
	disk->slot[disk->n_slots++] = slot;
	return 0;
}

int espdisk_read(struct espdisk *disk)
{
	struct fat_entry dir, e;
	struct fat_dir walk;
	int r = fat_lookup(&disk->fat, ESP_UKI_DIR, &dir);

	disk->n_slots = 0;
	disk->in_work = false;
	if (r == 0)
		r = fat_dir_open(&disk->fat, &dir, &walk);
	while (r == 0 && (r = fat_dir_next(&disk->fat, &walk, &e)) > 0) {
		r = 0;
		if (!strcasecmp(e.name, SLOT_IN_WORK))
			disk->in_work = true;
		else if (add_slot(disk, &e))
			return EXIT_UNSURE;
	}
	if (r < 0)
		return fail(disk->command, "%s: " ESP_UKI_DIR ": %s", disk->path, strerror(-r));
	if (disk->n_slots == 0)
		return fail(disk->command, "%s: " ESP_UKI_DIR ": no slot; this disk boots nothing",
			    disk->path);
	return 0;
}

static int find_partition(struct espdisk *disk, char absolute[static PATH_MAX])
{
	AUTO_FREE struct gpt *gpt = malloc(sizeof(*gpt));
	struct predict_error error = { 0 };
	uint64_t off;
	int r;

	if (!gpt)
		return fail(disk->command, "out of memory");
	r = esp_open(span_of(disk->map, disk->len), gpt, &disk->fat, &off, &error);
	if (r < 0)
		return fail_esp(disk, &error, r);
	(void)snprintf(disk->image, sizeof(disk->image), "%s@@%llu", absolute,
		       (unsigned long long)off);
	return 0;
}

int espdisk_open(const char *command, const char *path, struct espdisk *ret)
{
	char absolute[PATH_MAX];
	off_t len;
	void *map;
	int r;

	*ret = (struct espdisk){ .command = command, .path = path, .fd = -1 };
	if (!realpath(path, absolute))
		return fail_parse(command, path, -errno, NULL);
	if (strstr(absolute, "@@"))
		return fail(command, "%s: mtools does not take a path with @@ in it", path);
	ret->fd = open(absolute, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (ret->fd < 0)
		return fail_parse(command, path, -errno, NULL);
	len = lseek(ret->fd, 0, SEEK_END); /* of a disk too, whose st_size is 0 */
	if (len <= 0)
		return fail(command, "%s: not a disk, nor a file that is one", path);
	/* Shared: what mtools writes shows here. */
	map = mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, ret->fd, 0);
	if (map == MAP_FAILED)
		return fail_parse(command, path, -errno, NULL);
	ret->map = map;
	ret->len = (size_t)len;
	r = find_partition(ret, absolute);
	return r ? r : espdisk_read(ret);
}

void espdisk_close(struct espdisk *disk)
{
	if (disk->map)
		(void)munmap((void *)(uintptr_t)disk->map, disk->len);
	if (disk->fd >= 0)
		(void)close(disk->fd);
}

bool espdisk_has(const struct espdisk *disk, const char *name, struct span bytes)
{
	char path[FAT_NAME_MAX + sizeof(ESP_UKI_DIR) + 1];
	AUTO_FREE uint8_t *copy = NULL;
	struct fat_entry entry;
	struct span found;

	(void)snprintf(path, sizeof(path), ESP_UKI_DIR "/%s", name);
	return fat_lookup(&disk->fat, path, &entry) == 0 && !entry.is_dir &&
	       entry.size == bytes.left && read_entry(disk, &entry, &found, &copy) == 0 &&
	       !memcmp(found.p, bytes.p, bytes.left);
}

/* Fixed times, and no configuration of this machine's. */
static int run_mtools(struct espdisk *disk, const char *const argv[])
{
	int r;

	if (setenv("MTOOLSRC", "/dev/null", 1) < 0 || setenv("MTOOLS_SKIP_CHECK", "1", 1) < 0 ||
	    setenv("SOURCE_DATE_EPOCH", "315532800", 1) < 0 || setenv("TZ", "UTC", 1) < 0)
		return fail(disk->command, "out of memory");
	r = run_program(argv, NULL);
	if (r == 127)
		return fail(disk->command, "%s: not found; install mtools", argv[0]);
	if (r == 0 && fsync(disk->fd) < 0)
		r = -errno;
	if (r < 0)
		return fail(disk->command, "%s: %s", disk->path, strerror(-r));
	return r ? fail(disk->command, "%s: %s failed; its words are above", disk->path, argv[0])
		 : 0;
}

static void in_uki_dir(const char *name, char ret[static FAT_NAME_MAX + 32])
{
	(void)snprintf(ret, FAT_NAME_MAX + 32, "::" ESP_UKI_DIR "/%s", name);
}

int espdisk_copy(struct espdisk *disk, const char *from, const char *name)
{
	char absolute[PATH_MAX],
		to[FAT_NAME_MAX + 32]; /* absolute: mtools takes "a:" for a drive */
	const char *const argv[] = { "mcopy", "-o", "-i", disk->image, absolute, to, NULL };

	if (!realpath(from, absolute))
		return fail_parse(disk->command, from, -errno, NULL);
	in_uki_dir(name, to);
	return run_mtools(disk, argv);
}

int espdisk_rename(struct espdisk *disk, const char *name, const char *new_name)
{
	char from[FAT_NAME_MAX + 32], to[FAT_NAME_MAX + 32];
	const char *const argv[] = { "mren", "-i", disk->image, from, to, NULL };

	in_uki_dir(name, from);
	in_uki_dir(new_name, to);
	return run_mtools(disk, argv);
}

int espdisk_remove(struct espdisk *disk, const char *name)
{
	char path[FAT_NAME_MAX + 32];
	const char *const argv[] = { "mdel", "-i", disk->image, path, NULL };

	in_uki_dir(name, path);
	return run_mtools(disk, argv);
}
