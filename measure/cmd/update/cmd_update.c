/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/keyfiles.h"
#include "measure/cmd/update/espdisk.h"
#include "measure/cmd/update/slots.h"
#include "measure/predict/esp.h"
#include "measure/predict/secureboot.h"
#include "measure/predict/uki.h"

#define CMD	      "update"
#define TRIES_DEFAULT 3

const char update_help[] =
	"usage: rampart update DISK [UKI [--tries N] [--secure-boot FOLDER] | --accept]\n"
	"\n"
	"A disk with room for two (make image UPDATES=MIB) has a UKI that is known to be good, and\n"
	"beside it a newer one. The machine must be off. DISK is a raw image or a device.\n"
	"\n"
	"With UKI, writes that as the newer one, in place of any but the good one. It has its name\n"
	"only when all of it is there and has been read again. It is started next, at most N times;\n"
	"after these the good one is started again. With --accept, the newer one becomes the good\n"
	"one: for when a machine that runs it has been verified. Without either, says what is there.\n"
	"mtools must be installed.\n"
	"\n"
	"  --tries N     how often the new one is started before it is accepted, 1 to 999 (3)\n"
	"  --secure-boot FOLDER  refuse a UKI that a machine with these keys does not start\n"
	"                (rampart predict --help)\n"
	"  --accept      no longer count the boots of the newer one\n";

struct options {
	const char *disk, *uki, *keys_folder;
	uint32_t tries;
	bool accept;
};

/* What is to be written. */
struct update {
	const uint8_t *map;
	size_t len;
	struct slot slot;
	struct keyfiles keys;
};

static int parse_options(int argc, char **argv, struct options *ret)
{
	const char *tries = NULL, *others[2];
	const struct option_spec specs[] = {
		{ "--tries", &tries, NULL, NULL },
		{ "--secure-boot", &ret->keys_folder, NULL, NULL },
		{ "--accept", NULL, &ret->accept, NULL },
		{ 0 },
	};
	int r = parse_args(argc, argv, specs, others, 2);
	char *end = NULL;
	long n;

	if (r)
		return r;
	ret->disk = others[0];
	ret->uki = others[1];
	if (!ret->disk)
		return fail_usage(CMD, "a disk is needed");
	if (!ret->uki && (tries || ret->keys_folder))
		return fail_usage(CMD, "--tries and --secure-boot are for a UKI that is written");
	if (ret->uki && ret->accept)
		return fail_usage(CMD, "a UKI or --accept, not both");
	n = tries ? strtol(tries, &end, 10) : TRIES_DEFAULT;
	if (tries &&
	    (strspn(tries, "0123456789") != strlen(tries) || *end || n < 1 || n > SLOT_COUNTER_MAX))
		return fail_usage(CMD, "--tries %s: not a number from 1 to %d", tries,
				  SLOT_COUNTER_MAX);
	ret->tries = (uint32_t)n;
	return 0;
}

/* Whether a is started rather than b. What cannot be told counts as no. */
static bool is_before(const struct slot *a, const struct slot *b)
{
	bool a_failed = a->is_counted && a->left == 0, b_failed = b->is_counted && b->left == 0;
	bool before = false;

	if (a_failed != b_failed)
		return b_failed;
	return slot_is_before(a, b, &before) == 0 && before;
}

/* The one that is known to be good, and the newer one; each may be NULL. */
static void find_slots(const struct espdisk *disk, const struct slot **ret_good,
		       const struct slot **ret_newer)
{
	*ret_good = NULL;
	*ret_newer = NULL;
	for (size_t i = 0; i < disk->n_slots; i++) {
		const struct slot *slot = &disk->slot[i];
		const struct slot **found = slot->is_counted ? ret_newer : ret_good;

		if (!*found || is_before(slot, *found))
			*found = slot;
	}
}

static void print_slots(const struct espdisk *disk)
{
	const struct slot *a = &disk->slot[0], *b = &disk->slot[1];
	bool swap = disk->n_slots == 2 && is_before(b, a);

	for (size_t i = 0; i < disk->n_slots; i++) {
		const struct slot *slot = (i == 0) == swap ? b : a;

		printf("%s/%s: %s %s, ", ESP_UKI_DIR, slot->name, slot->image, slot->version);
		if (!slot->is_counted)
			puts(i == 0 ? "accepted; is started next" : "accepted");
		else
			printf("%u boots left, %u done%s\n", slot->left, slot->done,
			       i == 0 ? "; is started next" : "");
	}
	if (disk->in_work)
		puts(ESP_UKI_DIR "/" SLOT_IN_WORK ": of an update that was cut off");
}

/* Reads the UKI, and whether a machine would start it at all. */
static int read_update(const struct options *options, struct update *update)
{
	AUTO_FREE struct uki *uki = NULL;
	struct diag diag = { 0 };
	struct pe kernel;
	struct span entry;
	int r = map_file(options->uki, &update->map, &update->len);

	if (r < 0)
		return fail_parse(CMD, options->uki, r, NULL);
	uki = malloc(sizeof(*uki));
	if (!uki)
		return fail(CMD, "out of memory");
	r = uki_parse(span_of(update->map, update->len), uki, &diag);
	if (r < 0)
		return fail_parse(CMD, options->uki, r, &diag);
	if (pe_parse(uki->section[UKI_LINUX], &kernel, NULL) < 0)
		return fail(CMD, "%s: the kernel in it is not an EFI program", options->uki);
	if (slot_release(uki->section[UKI_OSREL], &update->slot) < 0)
		return fail(CMD, "%s: its os-release has no IMAGE_ID and IMAGE_VERSION",
			    options->uki);
	if (!options->keys_folder)
		return 0;
	if (keyfiles_read(CMD, options->keys_folder, &update->keys))
		return EXIT_UNSURE;
	r = secureboot_allows(&update->keys.keys, &uki->pe, &entry);
	if (r < 0)
		return fail(CMD, "%s: not signed by a key of %s/db.esl", options->uki,
			    options->keys_folder);
	return 0;
}

/* Name and counter; and refuses what would never be started beside the one that is kept. */
static int choose_name(const struct espdisk *disk, const struct slot *good,
		       const struct options *options, struct slot *slot)
{
	bool before;

	for (size_t i = 0; i < disk->n_slots; i++)
		if (disk->slot[i].number > slot->number)
			slot->number = disk->slot[i].number;
	if (slot->number >= SLOT_NUMBER_MAX)
		return fail(CMD, "%s: no number is left for a new slot", disk->path);
	slot->number++;
	slot->is_counted = true;
	slot->left = options->tries;
	slot_name(slot, slot->name);
	if (slot_is_before(slot, good, &before) < 0)
		return fail(
			CMD,
			"%s: %s %s beside %s %s: not of one image, or no version of digits and dots; write the whole disk",
			options->uki, slot->image, slot->version, good->image, good->version);
	if (!before)
		return fail(
			CMD,
			"%s: version %s is older than %s on the disk, which would be started instead; write the whole disk",
			options->uki, slot->version, good->version);
	return 0;
}

/* At each moment the good one is whole and has its name, and nothing else is started that is not. */
static int write_slot(struct espdisk *disk, const struct options *options,
		      const struct update *update, const struct slot *good)
{
	const char *name = update->slot.name;
	char kept[FAT_NAME_MAX + 1];

	memcpy(kept, good->name, sizeof(kept));
	if (disk->in_work && espdisk_remove(disk, SLOT_IN_WORK))
		return EXIT_UNSURE;
	for (size_t i = 0; i < disk->n_slots; i++)
		if (strcmp(disk->slot[i].name, kept) && espdisk_remove(disk, disk->slot[i].name))
			return EXIT_UNSURE;
	if (espdisk_copy(disk, options->uki, SLOT_IN_WORK))
		return EXIT_UNSURE;
	if (!espdisk_has(disk, SLOT_IN_WORK, span_of(update->map, update->len)))
		return fail(CMD, "%s: what was written is not what is there; %s is kept",
			    disk->path, kept);
	return espdisk_rename(disk, SLOT_IN_WORK, name);
}

static int add(struct espdisk *disk, const struct options *options)
{
	struct update update = { 0 };
	const struct slot *good, *newer;
	int r;

	find_slots(disk, &good, &newer);
	if (!good)
		return fail(CMD, "%s: no slot is accepted; accept one, or write the whole disk",
			    disk->path);
	r = read_update(options, &update);
	if (!r)
		r = choose_name(disk, good, options, &update.slot);
	if (!r)
		r = write_slot(disk, options, &update, good);
	if (!r)
		r = espdisk_read(disk);
	keyfiles_done(&update.keys);
	if (update.len > 0)
		(void)munmap((void *)(uintptr_t)update.map, update.len);
	return r;
}

static int accept_newer(struct espdisk *disk)
{
	const struct slot *good, *newer;
	char name[FAT_NAME_MAX + 1];
	struct slot accepted;

	find_slots(disk, &good, &newer);
	if (!newer)
		return fail(CMD, "%s: nothing to accept: no slot's boots are counted", disk->path);
	if (newer->done == 0)
		return fail(CMD, "%s: %s was never started", disk->path, newer->name);
	accepted = *newer;
	accepted.is_counted = false;
	slot_name(&accepted, name);
	if (espdisk_rename(disk, newer->name, name))
		return EXIT_UNSURE;
	return espdisk_read(disk);
}

int cmd_update(int argc, char **argv)
{
	struct options options = { 0 };
	struct espdisk disk = { .fd = -1 };
	int r = parse_options(argc, argv, &options);

	if (!r)
		r = espdisk_open(CMD, options.disk, &disk);
	if (!r && options.uki)
		r = add(&disk, &options);
	if (!r && options.accept)
		r = accept_newer(&disk);
	if (!r)
		print_slots(&disk);
	espdisk_close(&disk);
	return r;
}
