/* SPDX-License-Identifier: MIT */
/*
 * The firmware's event log as the kernel hands it out (binary_bios_measurements), in both formats:
 *
 *   crypto-agile  the first record is an EV_NO_ACTION in the old format whose data begins with
 *                 "Spec ID Event03" and lists the banks; then TCG_PCR_EVENT2 records
 *   SHA-1         TCG_PCR_EVENT records only
 *
 * Sources: TCG PC Client Platform Firmware Profile, sections "TCG_PCClientPCREvent Structure",
 * "TCG_PCR_EVENT2 Structure", "Specification ID Version Event" (10.4.5.1 in version 1.05) and
 * "Startup Locality Event" (9.4.5.3 in version 1.04); TCG EFI Platform Specification 1.22 for the
 * old format. Integers are little-endian.
 *
 * The bytes are not trusted: nothing is read past the end, nothing is allocated. What is malformed
 * is an error and not skipped, for a log that is only half understood proves nothing.
 */
#ifndef MEASURE_RECORD_EVENTLOG_H
#define MEASURE_RECORD_EVENTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/pcrs.h"
#include "measure/lib/span.h"

#define EVENTLOG_ALGS_MAX 16 /* banks in a header; a TPM has four or five */

enum {
	EV_POST_CODE = 0x01,
	EV_NO_ACTION = 0x03,
	EV_SEPARATOR = 0x04,
	EV_ACTION = 0x05,
	EV_EVENT_TAG = 0x06,
	EV_S_CRTM_CONTENTS = 0x07,
	EV_S_CRTM_VERSION = 0x08,
	EV_PLATFORM_CONFIG_FLAGS = 0x0a,
	EV_COMPACT_HASH = 0x0c,
	EV_IPL = 0x0d,
	EV_NONHOST_INFO = 0x11,
	EV_OMIT_BOOT_DEVICE_EVENTS = 0x12,
	EV_POST_CODE2 = 0x13,
	EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001,
	EV_EFI_VARIABLE_BOOT = 0x80000002,
	EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003,
	EV_EFI_BOOT_SERVICES_DRIVER = 0x80000004,
	EV_EFI_RUNTIME_SERVICES_DRIVER = 0x80000005,
	EV_EFI_GPT_EVENT = 0x80000006,
	EV_EFI_ACTION = 0x80000007,
	EV_EFI_PLATFORM_FIRMWARE_BLOB = 0x80000008,
	EV_EFI_HANDOFF_TABLES = 0x80000009,
	EV_EFI_PLATFORM_FIRMWARE_BLOB2 = 0x8000000a,
	EV_EFI_HANDOFF_TABLES2 = 0x8000000b,
	EV_EFI_VARIABLE_BOOT2 = 0x8000000c,
	EV_EFI_HCRTM_EVENT = 0x80000010,
	EV_EFI_VARIABLE_AUTHORITY = 0x800000e0,
};

/* A log being read. The caller keeps the bytes. Copy it to start again from the same place. */
struct eventlog {
	struct span rest; /* not read yet */
	size_t size;	  /* of the whole log */
	size_t n_read;	  /* events given out so far */
	bool agile;
	bool bank[_HASH_MAX]; /* of the header; an event may lack one of them */
	size_t n_algs;
	struct {
		uint16_t id,
			len; /* TPM_ALG_ID, bytes of a digest; also algorithms we do not know */
	} alg[EVENTLOG_ALGS_MAX];
};

struct eventlog_event {
	size_t index, off; /* 0-based number; bytes from the start of the log */
	uint32_t pcr, type;
	bool has[_HASH_MAX]; /* which of digest[] are set */
	size_t n_digests;    /* also those of banks that we do not know */
	struct digest digest[_HASH_MAX];
	struct span data; /* points into the log */
};

/*
 * Looks at the first record. -EBADMSG malformed, -EPROTO well-formed but breaking a rule, -ENOTSUP
 * a format or no bank that we know. ret_log is untouched on failure; diag (may be NULL) says where.
 */
int eventlog_open(const void *bytes, size_t len, struct eventlog *ret_log, struct diag *diag);

/*
 * The next event: 1, or 0 at the end, or an error as above with ret_event untouched. The header is
 * event 0. What is read is only the form; eventlog_apply() knows the rules. A measurement may
 * have fewer digests than the header has banks, but one, as some firmware writes it. From a record
 * boundary to the end of the log nothing but zeros, or nothing but 0xff, is the unused rest of the
 * firmware's buffer, and the end.
 */
int eventlog_next(struct eventlog *log, struct eventlog_event *ret_event, struct diag *diag);

/*
 * Applies one event: extends its PCR in every bank of pcrs. EV_NO_ACTION is never extended, but
 * "StartupLocality" sets where PCR 0 starts. NULL, or the rule that the event breaks, a static line
 * for people, with pcrs untouched:
 *
 *   - a measurement is into one of the PCRs 0 to 23, and has a digest of each bank of pcrs, or, if
 *     that narrows, of one of them; the others are taken out of pcrs for good
 *   - a locality is one that a TPM starts from (0, 3, 4), and is told before PCR 0 is extended;
 *     said once more it is the same
 * EV_EFI_HCRTM_EVENT as the first measurement into PCR 0 starts it from locality 4, told or not:
 * TCG TPM 2.0 Library, Part 1, "H-CRTM before TPM2_Startup() and TPM2_Startup without H-CRTM".
 */
const char *eventlog_apply(struct pcrs *pcrs, const struct eventlog_event *event);

/*
 * Both, from the start of a freshly opened log to its end, in the banks that every measurement has
 * a digest of. ret_pcrs untouched on failure; -EPROTO, with the rule, for the first event that
 * breaks one.
 */
int eventlog_replay(const struct eventlog *log, struct pcrs *ret_pcrs, struct diag *diag);

/* "EV_IPL"; NULL for a type without a name. */
const char *eventlog_type_name(uint32_t type);

/*
 * Whether it is the EV_NO_ACTION that tells the startup locality: "StartupLocality" with its NUL,
 * the locality, and whatever fills an entry of fixed size, as coreboot's are.
 */
bool eventlog_is_locality(const struct eventlog_event *event, uint8_t *ret_locality);

#endif
