/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/platformlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/golden/recordfiles.h"
#include "measure/cmd/show.h"
#include "measure/lib/pcrs.h"
#include "measure/record/golden.h"
#include "measure/record/goldenrules.h"

#define NOTE	      "from the log of one boot; no TPM was read"
#define CALLING	      "Calling EFI Application from Boot Option"
#define EXIT_FAILURES 2
#define PATH_OFF      32
#define UUID_HEAD     "UUID: "
#define UUID_LEN      42 /* with a UUID of 36 characters */
#define UUID_MASK      \
	"555549443a20" \
	"........................................................................"

#define WHY_SHAPE \
	"ACPI tables and boot variables are of this one machine, and the reference names no shape"
#define WHY_SECURE_BOOT \
	"Secure Boot was on: who signed the image shows here, and the log is of another image"
#define WHY_VENDOR \
	"events of a type of the maker's own come here, and nothing measured tells a driver from these"
#define WHY_NOT_ZERO "it starts from another value than zero, so its value is expected as a whole"

struct proposal {
	const char *path;
	const struct records *records;
	struct golden platform;
	const char *reason[GOLDEN_PCRS]; /* why it is not exact; NULL: it is */
	unsigned images_pcr;
};

/* ---- what a log has ---- */

static bool is_text(const struct record *rec, const char *text)
{
	return rec->data_len == strlen(text) && memcmp(rec->data, text, rec->data_len) == 0;
}

static bool starts_with(const struct record *rec, const char *text)
{
	return rec->data_len >= strlen(text) && memcmp(rec->data, text, strlen(text)) == 0;
}

static bool has_name(const struct record *rec)
{
	return strncmp(rec->type_name, "0x", 2) != 0;
}

/*
 * Whether a program comes from no device, by the device path of its UEFI_IMAGE_LOAD_EVENT: after
 * four numbers of 64 bits, a first node of a vendor's media, a file of the firmware, or its volume.
 * Sources: TCG PC Client Platform Firmware Profile, "UEFI_IMAGE_LOAD_EVENT Structure"; UEFI
 * Specification, "Media Device Path" (type 4; 3, 6 and 7).
 */
static bool is_firmwares(const struct record *rec)
{
	uint8_t node = rec->data_len > PATH_OFF + 1 ? rec->data[PATH_OFF + 1] : 0;

	return rec->data_len > PATH_OFF + 1 && rec->data[PATH_OFF] == 4 &&
	       (node == 3 || node == 6 || node == 7);
}

static bool hashes_its_data(const struct record *rec)
{
	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		struct digest digest;

		if (!rec->has[bank])
			continue;
		hash_bytes((enum hash_alg)bank, rec->data, rec->data_len, &digest);
		if (!digest_equal(&digest, &rec->digest[bank]))
			return false;
	}
	return true;
}

static int refuse(const struct proposal *p, const struct record *rec, const char *what)
{
	if (rec)
		(void)fail("platform", "%s: event %zu (PCR %u, %s): %s", p->path, rec->number,
			   rec->pcr, rec->type_name, what);
	else
		(void)fail("platform", "%s: %s", p->path, what);
	return EXIT_DIFFERS;
}

/* ---- the image's part ---- */

/* The one PCR with applications. */
static int find_images(struct proposal *p)
{
	const struct record *first = NULL;

	for (size_t i = 0; i < p->records->n; i++) {
		const struct record *rec = &p->records->list[i];

		if (rec->type != EV_EFI_BOOT_SERVICES_APPLICATION)
			continue;
		if (!first && is_firmwares(rec))
			return refuse(
				p, rec,
				"a program of the firmware's own comes before any of a disk, which is not supported");
		if (first && rec->pcr != first->pcr)
			return refuse(p, rec, "an image in another PCR than the one before");
		first = first ? first : rec;
	}
	if (!first)
		return refuse(
			p, NULL,
			"no image is measured into any PCR: golden values of such a machine would accept any");
	if (first->pcr != 4 && !golden_is_platform(first->pcr))
		return refuse(p, first, "an image in a PCR that is not the firmware's");
	p->images_pcr = first->pcr;
	if (first->pcr == 4)
		return 0;
	p->platform.boot.images_pcr = first->pcr;
	p->reason[first->pcr] =
		"images are measured here, so the image's digests are expected here";
	return 0;
}

static bool is_images(const struct record *rec)
{
	return rec->type == EV_EFI_BOOT_SERVICES_APPLICATION || rec->type == EV_EFI_GPT_EVENT;
}

/* PCR 4 and 5: nothing but what is predicted of an image. */
static int check_boot(struct proposal *p)
{
	bool called = false;

	for (size_t i = 0; i < p->records->n; i++) {
		const struct record *rec = &p->records->list[i];
		bool call = rec->type == EV_EFI_ACTION && is_text(rec, CALLING);

		if ((rec->pcr != 4 && rec->pcr != 5) || rec->type == EV_NO_ACTION ||
		    rec->type == EV_SEPARATOR || is_images(rec))
			continue;
		if (rec->pcr == 4 && call && called)
			return refuse(p, rec, "a boot option that failed before");
		if (rec->pcr == 4 ? !call
				  : rec->type != EV_EVENT_TAG &&
					    !(rec->type == EV_EFI_ACTION &&
					      starts_with(rec, "Exit Boot Services ")))
			return refuse(p, rec, "it is not known how to predict this");
		called |= call;
	}
	p->platform.boot.optional_action = !called;
	p->platform.boot.exit_failures = EXIT_FAILURES;
	p->reason[4] = called ? NULL : "\"" CALLING "\" may be missing, as it is in this log";
	p->reason[5] = "leaving boot services may fail up to twice before it succeeds";
	return 0;
}

/* ---- the firmware's part ---- */

static void leave_open(struct proposal *p, unsigned pcr, const char *why)
{
	p->platform.pcr[pcr].rule = GOLDEN_UNCHECKED;
	p->platform.pcr[pcr].is_given = true;
	p->platform.pcr[pcr].why = why;
	p->reason[pcr] = why;
}

/* The value that the log leads to, for a PCR that does not start from zero. */
static int expect_value(struct proposal *p, unsigned pcr)
{
	struct golden_pcr *rule = &p->platform.pcr[pcr];

	for (size_t bank = 0; bank < _HASH_MAX; bank++) {
		if (!p->platform.bank[bank])
			continue;
		rule->value[bank] = malloc(sizeof(struct digest));
		if (!rule->value[bank])
			return fail("platform", "out of memory");
		*rule->value[bank] = p->records->pcrs.value[bank][pcr];
		rule->n[bank] = 1;
	}
	rule->rule = GOLDEN_VALUES;
	rule->is_given = true;
	p->reason[pcr] = WHY_NOT_ZERO;
	return 0;
}

/* Which PCRs are no list of events. */
static int settle_rules(struct proposal *p)
{
	for (size_t i = 0; i < p->records->n; i++) {
		const struct record *rec = &p->records->list[i];

		if (rec->type == EV_EFI_VARIABLE_DRIVER_CONFIG && rec->pcr == 7 &&
		    !strcmp(rec->what, "SecureBoot = 1"))
			leave_open(p, 7, WHY_SECURE_BOOT);
		if (rec->pcr == 2 && !has_name(rec) && p->images_pcr != 2)
			leave_open(p, 2, WHY_VENDOR);
		if (rec->type == EV_EFI_HCRTM_EVENT)
			p->reason[0] = WHY_NOT_ZERO;
	}
	if (json_object_size(p->platform.shape) == 0 && p->images_pcr != 1)
		leave_open(p, 1, WHY_SHAPE);
	if (p->records->pcrs.locality_seen || p->reason[0])
		return p->images_pcr == 0 ? refuse(p, NULL, WHY_NOT_ZERO) : expect_value(p, 0);
	return 0;
}

/* An event as the reference has it, or with pcr = GOLDEN_PCRS: not at all. */
static struct golden_event propose(struct proposal *p, const struct record *rec)
{
	struct golden_event ev = {
		.pcr = rec->pcr, .type = rec->type_name, .what = rec->what, .min = 1, .max = 1
	};

	memcpy(ev.digest, rec->digest, sizeof(ev.digest));
	if (rec->type == EV_NO_ACTION || !golden_is_platform(rec->pcr) || is_images(rec) ||
	    p->platform.pcr[rec->pcr].is_given || rec->type == EV_EFI_VARIABLE_AUTHORITY) {
		ev.pcr = GOLDEN_PCRS;
	} else if (rec->type == EV_COMPACT_HASH && rec->data_len == UUID_LEN &&
		   !golden_is_code(rec->pcr) && starts_with(rec, UUID_HEAD) &&
		   hashes_its_data(rec)) {
		ev.by = GOLDEN_DATA;
		ev.data = UUID_MASK;
		ev.what = "UUID of the machine";
		p->reason[rec->pcr] = "it has the UUID of the machine, which may be any";
	}
	return ev;
}

static int take_events(struct proposal *p)
{
	struct golden *g = &p->platform;

	g->event = calloc(p->records->n + 1, sizeof(*g->event));
	if (!g->event)
		return fail("platform", "out of memory");
	for (size_t i = 0; i < p->records->n; i++) {
		struct golden_event ev = propose(p, &p->records->list[i]);

		if (ev.pcr < GOLDEN_PCRS)
			g->event[g->n_events++] = ev;
	}
	return 0;
}

static int propose_all(struct proposal *p)
{
	const char *what;
	int r;

	if (!pcrs_bank_suffices(p->platform.bank))
		return refuse(p, NULL, "the log has neither the bank sha256 nor sha384");
	r = find_images(p);
	if (!r)
		r = check_boot(p);
	if (!r)
		r = settle_rules(p);
	if (!r)
		r = take_events(p);
	if (r)
		return r;
	what = golden_settle(&p->platform);
	return what ? refuse(p, NULL, what) : 0;
}

static int print(const struct proposal *p)
{
	bool written;

	for (unsigned pcr = 0; pcr < GOLDEN_PCRS; pcr++)
		if (p->reason[pcr])
			fprintf(stderr, "PCR %u: %s: %s\n", pcr,
				p->platform.pcr[pcr].rule == GOLDEN_UNCHECKED ? "unchecked"
									      : "rule",
				p->reason[pcr]);
	written = show_json(platform_json(&p->platform));
	return show_end("platform", written, EXIT_HOLDS);
}

int platform_from_log(const char *path, const char *name, const json_t *shape)
{
	struct records records = { 0 };
	int r = records_add_file(&records, "platform", path);
	struct proposal p = { .path = path, .records = &records };

	p.platform =
		(struct golden){ .platform = name, .shape = shape, .edition = 2, .note = NOTE };
	memcpy(p.platform.bank, records.pcrs.bank, sizeof(p.platform.bank));
	p.platform.bank[HASH_SHA1] = false; /* too weak to be compared by */
	if (!r && !records.has_firmware)
		r = fail("platform", "%s: not a firmware log", path);
	if (!r)
		r = propose_all(&p);
	if (!r)
		r = print(&p);
	rules_done(&p.platform);
	free(p.platform.event);
	records_done(&records);
	return r;
}
