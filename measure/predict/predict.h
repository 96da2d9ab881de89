/* SPDX-License-Identifier: MIT */
/*
 * What the firmware, systemd-boot, the stub, the kernel and init will measure, given a disk image
 * and a plan: a list of events, each with the very bytes that are hashed. MEASUREMENTS.md is the
 * table of them. Nothing is hashed here, so that the caller can share the work between threads.
 *
 * The disk must have exactly one way to boot, or it is said which of its UKIs is meant: anything else
 * on the EFI system partition whose effect on the measurements is not predicted (another entry, an
 * addon, a credential, a key) is an error.
 *
 * Sources: TCG PC Client Platform Firmware Profile, section "PCR Usage"; systemd 257,
 * docs/TPM2_PCR_MEASUREMENTS.md and src/boot; Linux 6.12, drivers/firmware/efi/libstub
 * (efi-stub-helper.c, "EFISTUB_EVT_LOAD_OPTIONS" and "EFISTUB_EVT_INITRD").
 */
#ifndef MEASURE_PREDICT_PREDICT_H
#define MEASURE_PREDICT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/instance.h"
#include "measure/lib/plan.h"
#include "measure/lib/span.h"
#include "measure/predict/esp.h"
#include "measure/predict/secureboot.h"

#define PREDICT_EVENTS_MAX 160 /* 53 of the boot and one for each model */
#define PREDICT_PIECES_MAX 512
#define PREDICT_WHAT_MAX   576 /* a measured line fits */
#define PREDICT_ARENA_LEN  131072
#define PREDICT_FILES_MAX  3

/* What the firmware got the image from. */
enum predict_medium {
	PREDICT_DISK,	 /* a disk, or a USB stick: its partition table is measured */
	PREDICT_CD,	 /* the partition as a CD's boot image (El Torito): no table is measured */
	PREDICT_NETWORK, /* HTTP or PXE: the UKI alone, which the firmware starts by itself */
};

/* One event: the digest is the hash of pieces [first, first + n) put together. */
struct predicted {
	unsigned pcr;
	const char *type; /* a static string: name of the log's event type, or "rampart/1" */
	char what[PREDICT_WHAT_MAX];
	size_t first, n;
	bool open; /* what it is of is not fixed: no pieces */
};

/* Some hundred kilobytes: allocate it, zeroed, and call predict_done() at the end. */
struct prediction {
	size_t n_events, n_pieces, arena_len, n_files;
	struct predicted event[PREDICT_EVENTS_MAX];
	struct span piece[PREDICT_PIECES_MAX];
	struct span uki; /* the whole file */
	uint8_t arena[PREDICT_ARENA_LEN];
	uint8_t *file[PREDICT_FILES_MAX]; /* owned: copies of files that lie in fragments */
	const struct secureboot *keys;	  /* of the machine; NULL: Secure Boot is off */
	struct span authority;		  /* the entry of db that was measured last */
};

/*
 * Adds the events of PCR 4, 5, 9, 11 in the order of the boot; with keys, those of PCR 7 too, as a
 * machine with Secure Boot and these variables has them: secureboot_check() has looked at them. uki is the
 * name of the one that is booted; NULL: there is only one. disk, which has the image whatever the medium, and
 * what keys point to, must outlive p.
 * Errors as gpt, fat, pe and uki give them; -EPROTO also for a file whose effect is not predicted;
 * -EACCES a program that such a machine does not start; -ENOMEM, -ENOSPC. ret_error (not NULL) is filled
 * on failure; p is then only good for predict_done().
 */
int predict_disk(struct prediction *p, struct span disk, enum predict_medium medium,
		 const char *uki, const struct secureboot *keys, struct predict_error *ret_error);

/*
 * Adds init's events of PCR 8, 13 and 14: plan, config, container, models, ready. plan_text is the
 * whole plan file as it is embedded. config is the configuration that the machine will have, without
 * keys if it will have none; NULL: any, and that event is open. -EINVAL if a name cannot be measured.
 */
int predict_plan(struct prediction *p, struct span plan_text, const struct plan *plan,
		 const struct instance *config);

/* Frees what p owns, not p. */
void predict_done(struct prediction *p);

#endif
