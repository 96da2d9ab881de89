/* SPDX-License-Identifier: MIT */
#include "measure/record/eventlog.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/array.h"

#define SHA1_LEN       20
#define ALG_LEN_MAX    128 /* bytes of a digest that we do not know; none is longer than 64 today */
#define SPEC_ID_LEN    16
#define LOCALITY_LEN   16

#define HCRTM_LOCALITY 4 /* the only one from which a hardware root measures */

static const struct {
	uint32_t type;
	const char *name;
} type_names[] = {
	{ 0x00, "EV_PREBOOT_CERT" },
	{ EV_POST_CODE, "EV_POST_CODE" },
	{ 0x02, "EV_UNUSED" },
	{ EV_NO_ACTION, "EV_NO_ACTION" },
	{ EV_SEPARATOR, "EV_SEPARATOR" },
	{ EV_ACTION, "EV_ACTION" },
	{ EV_EVENT_TAG, "EV_EVENT_TAG" },
	{ EV_S_CRTM_CONTENTS, "EV_S_CRTM_CONTENTS" },
	{ EV_S_CRTM_VERSION, "EV_S_CRTM_VERSION" },
	{ 0x09, "EV_CPU_MICROCODE" },
	{ EV_PLATFORM_CONFIG_FLAGS, "EV_PLATFORM_CONFIG_FLAGS" },
	{ 0x0b, "EV_TABLE_OF_DEVICES" },
	{ EV_COMPACT_HASH, "EV_COMPACT_HASH" },
	{ EV_IPL, "EV_IPL" },
	{ 0x0e, "EV_IPL_PARTITION_DATA" },
	{ 0x0f, "EV_NONHOST_CODE" },
	{ 0x10, "EV_NONHOST_CONFIG" },
	{ EV_NONHOST_INFO, "EV_NONHOST_INFO" },
	{ EV_OMIT_BOOT_DEVICE_EVENTS, "EV_OMIT_BOOT_DEVICE_EVENTS" },
	{ EV_POST_CODE2, "EV_POST_CODE2" },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
	{ EV_EFI_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT" },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION" },
	{ EV_EFI_BOOT_SERVICES_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER" },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
	{ EV_EFI_GPT_EVENT, "EV_EFI_GPT_EVENT" },
	{ EV_EFI_ACTION, "EV_EFI_ACTION" },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
	{ EV_EFI_HANDOFF_TABLES, "EV_EFI_HANDOFF_TABLES" },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
	{ EV_EFI_HANDOFF_TABLES2, "EV_EFI_HANDOFF_TABLES2" },
	{ EV_EFI_VARIABLE_BOOT2, "EV_EFI_VARIABLE_BOOT2" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
	{ EV_EFI_HCRTM_EVENT, "EV_EFI_HCRTM_EVENT" },
	{ EV_EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY" },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY" },
};

const char *eventlog_type_name(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return NULL;
}

static int give_up(const struct eventlog *log, const struct span *at, struct diag *diag, int error,
		   const char *what)
{
	return diag_at(diag, log->size - at->left, what, error);
}

/* The start of both record formats. */
static int take_pcr_type(struct span *s, struct eventlog_event *ev)
{
	if (span_u32le(s, &ev->pcr) < 0 || span_u32le(s, &ev->type) < 0)
		return -EBADMSG;
	return 0;
}

static int take_data(struct span *s, struct eventlog_event *ev)
{
	uint32_t len;

	if (span_u32le(s, &len) < 0)
		return -EBADMSG;
	return span_take(s, len, &ev->data);
}

static void set_digest(struct eventlog_event *ev, enum hash_alg alg, const uint8_t *bytes)
{
	ev->has[alg] = true;
	ev->digest[alg] = (struct digest){ .alg = alg };
	memcpy(ev->digest[alg].bytes, bytes, hash_len(alg));
}

static int take_old_record(struct span *s, struct eventlog_event *ev)
{
	struct span sha1;

	if (take_pcr_type(s, ev) < 0 || span_take(s, SHA1_LEN, &sha1) < 0 || take_data(s, ev) < 0)
		return -EBADMSG;
	set_digest(ev, HASH_SHA1, sha1.p);
	ev->n_digests = 1;
	return 0;
}

/* The list of banks in the header: an event's digests are of these. */
static int read_banks(struct span data, struct eventlog *log)
{
	struct span ignored;
	uint32_t n;
	uint8_t vendor_len;

	/* signature, platform class, version (3), size of a UINTN */
	if (span_skip(&data, SPEC_ID_LEN + 4 + 3 + 1) < 0 || span_u32le(&data, &n) < 0)
		return -EBADMSG;
	if (n == 0 || n > EVENTLOG_ALGS_MAX)
		return -EPROTO;
	for (uint32_t i = 0; i < n; i++) {
		enum hash_alg alg;

		if (span_u16le(&data, &log->alg[i].id) < 0 ||
		    span_u16le(&data, &log->alg[i].len) < 0)
			return -EBADMSG;
		for (uint32_t j = 0; j < i; j++)
			if (log->alg[j].id == log->alg[i].id)
				return -EPROTO;
		if (log->alg[i].len > ALG_LEN_MAX)
			return -EPROTO;
		if (hash_from_tpm_alg(log->alg[i].id, &alg) < 0)
			continue;
		if (log->alg[i].len != hash_len(alg))
			return -EPROTO;
		log->bank[alg] = true;
	}
	log->n_algs = n;
	if (span_u8(&data, &vendor_len) < 0)
		return -EBADMSG;
	return span_take(&data, vendor_len, &ignored);
}

static bool any_bank(const struct eventlog *log)
{
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (log->bank[i])
			return true;
	return false;
}

static bool all_are(struct span s, uint8_t byte)
{
	while (s.left > 0 && s.p[s.left - 1] == byte)
		s.left--;
	return s.left == 0;
}

/*
 * Whether a SHA-1 log may begin with this record. EV_NO_ACTION has a digest of zeros, whatever it
 * tells; if that is no version of the specification, measurements must follow.
 */
static bool may_be_first(const struct eventlog_event *ev, struct span rest)
{
	if (ev->type != EV_NO_ACTION)
		return true;
	if (ev->data.left >= 13 && !memcmp(ev->data.p, "Spec ID Event", 13))
		return true;
	return rest.left > 0 && all_are(span_of(ev->digest[HASH_SHA1].bytes, SHA1_LEN), 0);
}

int eventlog_open(const void *bytes, size_t len, struct eventlog *ret_log, struct diag *diag)
{
	struct eventlog log = { .rest = span_of(bytes, len), .size = len };
	struct span s = log.rest;
	struct eventlog_event first = { 0 };
	int r;

	if (take_old_record(&s, &first) < 0)
		return give_up(&log, &s, diag, -EBADMSG, "not an event log: no whole first record");
	if (first.type == EV_NO_ACTION && first.data.left >= SPEC_ID_LEN &&
	    !memcmp(first.data.p, "Spec ID Event03", SPEC_ID_LEN)) {
		log.agile = true;
		r = read_banks(first.data, &log);
		if (r < 0)
			return give_up(&log, &log.rest, diag, r, "malformed list of banks");
		if (!any_bank(&log))
			return give_up(&log, &log.rest, diag, -ENOTSUP, "no bank that we know");
	} else if (!may_be_first(&first, s)) {
		return give_up(&log, &log.rest, diag, -EBADMSG,
			       "the first record is neither a header nor a measurement");
	} else {
		log.bank[HASH_SHA1] = true;
	}
	*ret_log = log;
	return 0;
}

/* The len of an algorithm's digest in this log; -ENOENT if the header does not list it. */
static int alg_index(const struct eventlog *log, uint16_t id, size_t *ret)
{
	for (size_t i = 0; i < log->n_algs; i++)
		if (log->alg[i].id == id) {
			*ret = i;
			return 0;
		}
	return -ENOENT;
}

/* TCG_PCR_EVENT2. ret_what is set with every error. */
static int take_agile_record(const struct eventlog *log, struct span *s, struct eventlog_event *ev,
			     const char **ret_what)
{
	bool seen[EVENTLOG_ALGS_MAX] = { 0 };
	uint32_t n;

	*ret_what = "record cut short";
	if (take_pcr_type(s, ev) < 0 || span_u32le(s, &n) < 0)
		return -EBADMSG;
	if (n > log->n_algs) {
		*ret_what = "record has more digests than the header has banks";
		return -EPROTO;
	}
	if (n == 0 && ev->type != EV_NO_ACTION) {
		*ret_what = "measurement without a digest";
		return -EPROTO;
	}
	ev->n_digests = n;
	for (uint32_t i = 0; i < n; i++) {
		struct span bytes;
		enum hash_alg alg;
		uint16_t id;
		size_t k;

		if (span_u16le(s, &id) < 0)
			return -EBADMSG;
		if (alg_index(log, id, &k) < 0 || seen[k]) {
			*ret_what = "digest of a bank that the header does not have, or twice";
			return -EPROTO;
		}
		seen[k] = true;
		if (span_take(s, log->alg[k].len, &bytes) < 0)
			return -EBADMSG;
		if (hash_from_tpm_alg(id, &alg) == 0)
			set_digest(ev, alg, bytes.p);
	}
	return take_data(s, ev);
}

int eventlog_next(struct eventlog *log, struct eventlog_event *ret_event, struct diag *diag)
{
	struct eventlog_event ev = { .index = log->n_read, .off = log->size - log->rest.left };
	const char *what = "record cut short";
	struct span s = log->rest;
	int r;

	if (log->n_read > 0 && (all_are(s, 0) || all_are(s, 0xff)))
		s = log->rest = span_of(NULL, 0);
	if (s.left == 0)
		return 0;
	if (log->agile && log->n_read > 0)
		r = take_agile_record(log, &s, &ev, &what);
	else
		r = take_old_record(&s, &ev);
	if (r < 0)
		return give_up(log, &s, diag, r, what);
	log->rest = s;
	log->n_read++;
	*ret_event = ev;
	return 1;
}

static bool tells_locality(const struct eventlog_event *event)
{
	return event->type == EV_NO_ACTION && event->data.left >= LOCALITY_LEN &&
	       !memcmp(event->data.p, "StartupLocality", LOCALITY_LEN);
}

bool eventlog_is_locality(const struct eventlog_event *event, uint8_t *ret_locality)
{
	if (!tells_locality(event) || event->data.left == LOCALITY_LEN)
		return false;
	*ret_locality = event->data.p[LOCALITY_LEN];
	return true;
}

static void start_from(struct pcrs *pcrs, uint8_t locality)
{
	pcrs->locality_seen = true;
	pcrs->locality = locality;
	for (size_t i = 0; i < _HASH_MAX; i++)
		pcrs->value[i][0].bytes[hash_len((enum hash_alg)i) - 1] = locality;
}

static const char *set_locality(struct pcrs *pcrs, const struct eventlog_event *event)
{
	uint8_t locality;

	if (!eventlog_is_locality(event, &locality))
		return "StartupLocality without a locality";
	if (locality != 0 && locality != 3 && locality != 4)
		return "StartupLocality is none of 0, 3, 4, which a TPM can start from";
	if (pcrs->locality_seen && locality == pcrs->locality)
		return NULL;
	if (pcrs->locality_seen)
		return "StartupLocality is another than that before";
	if (pcrs->used[0])
		return "StartupLocality comes after a measurement into PCR 0";
	start_from(pcrs, locality);
	return NULL;
}

/* Whether the event has the digests that it must have. */
static const char *check_digests(const struct pcrs *pcrs, const struct eventlog_event *event)
{
	size_t n = 0, n_banks = 0;

	for (size_t i = 0; i < _HASH_MAX; i++) {
		n_banks += pcrs->bank[i];
		n += pcrs->bank[i] && event->has[i];
	}
	if (n == n_banks || (pcrs->narrows && n > 0))
		return NULL;
	return pcrs->narrows ? "measurement has no digest of a bank that all those before have"
			     : "measurement has no digest of an active bank";
}

const char *eventlog_apply(struct pcrs *pcrs, const struct eventlog_event *event)
{
	const char *rule;

	if (tells_locality(event))
		return set_locality(pcrs, event);
	if (event->type == EV_NO_ACTION)
		return NULL;
	if (event->pcr >= PCRS_N)
		return "measurement into a PCR above 23";
	rule = check_digests(pcrs, event);
	if (rule)
		return rule;
	if (event->type == EV_EFI_HCRTM_EVENT && event->pcr == 0 && !pcrs->used[0])
		start_from(pcrs, HCRTM_LOCALITY);
	for (size_t i = 0; i < _HASH_MAX; i++) {
		pcrs->bank[i] = pcrs->bank[i] && event->has[i];
		if (pcrs->bank[i])
			pcr_extend(&pcrs->value[i][event->pcr], &event->digest[i]);
	}
	pcrs->used[event->pcr] = true;
	return NULL;
}

int eventlog_replay(const struct eventlog *log, struct pcrs *ret_pcrs, struct diag *diag)
{
	struct eventlog rest = *log;
	struct eventlog_event ev;
	struct pcrs pcrs;
	int r;

	pcrs_init(&pcrs, log->bank);
	pcrs.narrows = true;
	while ((r = eventlog_next(&rest, &ev, diag)) > 0) {
		const char *rule = eventlog_apply(&pcrs, &ev);

		if (rule && diag)
			*diag = (struct diag){ ev.off, rule };
		if (rule)
			return -EPROTO;
	}
	if (r < 0)
		return r;
	*ret_pcrs = pcrs;
	return 0;
}
