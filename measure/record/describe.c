/* SPDX-License-Identifier: MIT */
#include "measure/record/describe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/array.h"

#define HEX_MAX	   32  /* bytes shown of data that nothing is known about */
#define NAME_MAX16 256 /* characters of a variable's name; longer ones are not believed */

/* A text being written. */
struct text {
	char *p;
	size_t size, len;
};

static void put_char(struct text *t, char c)
{
	if (t->len + 1 < t->size)
		t->p[t->len++] = c >= 0x20 && c < 0x7f ? c : '?';
	else
		memcpy(t->p + t->size - 4, "...", 4);
	t->p[t->len] = 0;
}

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
	char piece[128];
	va_list args;

	va_start(args, format);
	vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	for (const char *c = piece; *c; c++)
		put_char(t, *c);
}

static void put_hex(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.left && i < HEX_MAX; i++)
		put(t, "%02x", s.p[i]);
	if (s.left > HEX_MAX)
		put(t, "... (%zu bytes)", s.left);
}

/* Bytes as text, up to the first NUL. */
static void put_ascii(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.left && s.p[i]; i++)
		put_char(t, (char)s.p[i]);
}

/* Little-endian UTF-16, up to the first NUL. */
static void put_utf16(struct text *t, struct span s)
{
	uint16_t c;

	while (span_u16le(&s, &c) == 0 && c)
		put_char(t, c < 0x80 ? (char)c : '?');
}

static bool is_ascii(struct span s)
{
	if (s.left > 0 && s.p[s.left - 1] == 0)
		s.left--;
	for (size_t i = 0; i < s.left; i++)
		if ((s.p[i] < 0x20 || s.p[i] >= 0x7f) && s.p[i] != '\n' && s.p[i] != '\t')
			return false;
	return s.left > 0;
}

/* Latin text with a NUL: every second byte is zero, no other is. */
static bool is_utf16(struct span s)
{
	if (s.left < 4 || s.left % 2 != 0 || s.p[s.left - 1] != 0 || s.p[s.left - 2] != 0)
		return false;
	for (size_t i = 0; i + 2 < s.left; i += 2)
		if (s.p[i] < 0x20 || s.p[i] >= 0x7f || s.p[i + 1] != 0)
			return false;
	return true;
}

static void put_any(struct text *t, struct span s)
{
	if (is_utf16(s))
		put_utf16(t, s);
	else if (is_ascii(s))
		put_ascii(t, s);
	else
		put_hex(t, s);
}

/* The mixed byte order in which Microsoft and UEFI print them. */
static void put_guid(struct text *t, const uint8_t *g)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			put_char(t, '-');
		put(t, "%02x", g[order[i]]);
	}
}

static int describe_no_action(struct text *t, const struct eventlog_event *ev)
{
	uint8_t locality;

	if (eventlog_is_locality(ev, &locality)) {
		put(t, "StartupLocality %u", locality);
		return 0;
	}
	put_ascii(t, (struct span){ ev->data.p, ev->data.left < 16 ? ev->data.left : 16 });
	return 0;
}

static int describe_tag(struct text *t, const struct eventlog_event *ev)
{
	static const struct {
		uint32_t id;
		const char *name;
	} tags[] = {
		{ 0xf5bc582a, "systemd-boot" }, { 0x8f3b22ed, "kernel command line" },
		{ 0x8f3b22ec, "initrd" },	{ 0x6c46f751, "devicetree addon" },
		{ 0x49dffe0f, "initrd addon" }, { 0xdac08e1a, "microcode addon" },
		{ 0x13aed6db, "UKI profile" },
	};
	struct span s = ev->data, text;
	uint32_t id, len;

	if (span_u32le(&s, &id) < 0 || span_u32le(&s, &len) < 0 || span_take(&s, len, &text) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i].id == id)
			put(t, "%s: ", tags[i].name);
	put_any(t, text);
	put(t, " (tag 0x%08x)", id);
	return 0;
}

/* Whether the data is what was hashed, in a bank that the event has. */
static bool data_is_measured(const struct eventlog_event *ev)
{
	for (size_t i = 0; i < _HASH_MAX; i++) {
		struct digest d;

		if (!ev->has[i])
			continue;
		hash_bytes((enum hash_alg)i, ev->data.p, ev->data.left, &d);
		return digest_equal(&d, &ev->digest[i]);
	}
	return false;
}

/*
 * systemd's boot parts describe what they measure in UTF-16; only for a command line is the
 * description the thing itself.
 */
static int describe_ipl(struct text *t, const struct eventlog_event *ev)
{
	if (ev->pcr == 12 && is_utf16(ev->data) && data_is_measured(ev))
		put(t, "kernel command line: ");
	put_any(t, ev->data);
	return 0;
}

static int describe_blob(struct text *t, const struct eventlog_event *ev)
{
	struct span s = ev->data;
	uint64_t base, len;

	if (s.left != 16 || span_u64le(&s, &base) < 0 || span_u64le(&s, &len) < 0) {
		put_any(t, ev->data);
		return 0;
	}
	put(t, "base 0x%llx length 0x%llx", (unsigned long long)base, (unsigned long long)len);
	return 0;
}

static int describe_blob2(struct text *t, const struct eventlog_event *ev)
{
	struct span s = ev->data, name;
	uint64_t base, len;
	uint8_t n;

	if (span_u8(&s, &n) < 0 || span_take(&s, n, &name) < 0 || span_u64le(&s, &base) < 0 ||
	    span_u64le(&s, &len) < 0)
		return -EBADMSG;
	put_any(t, name);
	put(t, " base 0x%llx length 0x%llx", (unsigned long long)base, (unsigned long long)len);
	return 0;
}

static void put_boot_order(struct text *t, struct span value)
{
	uint16_t n;

	while (span_u16le(&value, &n) == 0)
		put(t, " %04X", n);
}

/* UEFI_VARIABLE_DATA: GUID, two 64-bit lengths, name, value. */
static int describe_variable(struct text *t, const struct eventlog_event *ev)
{
	struct span s = ev->data, guid, name, value;
	uint64_t name_len, value_len;
	char ascii[NAME_MAX16];
	struct text n = { ascii, sizeof(ascii), 0 };

	if (span_take(&s, 16, &guid) < 0 || span_u64le(&s, &name_len) < 0 ||
	    span_u64le(&s, &value_len) < 0 || name_len > NAME_MAX16 ||
	    span_take(&s, (size_t)name_len * 2, &name) < 0 || value_len > s.left)
		return -EBADMSG;
	(void)span_take(&s, (size_t)value_len, &value);
	ascii[0] = 0;
	put_utf16(&n, name);
	put(t, "%s", ascii);
	if (!strcmp(ascii, "BootOrder")) {
		put_boot_order(t, value);
	} else if (ev->type != EV_EFI_VARIABLE_DRIVER_CONFIG && !strncmp(ascii, "Boot", 4) &&
		   value.left > 6) {
		(void)span_skip(&value, 6); /* attributes, length of the device path */
		put(t, ": ");
		put_utf16(t, value);
	} else if (value.left == 1) {
		put(t, " = %u", value.p[0]);
	} else {
		put(t, " (%zu bytes) ", value.left);
		put_guid(t, guid.p);
	}
	return 0;
}

static int describe_gpt(struct text *t, const struct eventlog_event *ev)
{
	struct span s = ev->data, header, entry;
	uint64_t n;

	if (span_take(&s, 92, &header) < 0 || span_u64le(&s, &n) < 0)
		return -EBADMSG;
	put(t, "disk ");
	put_guid(t, header.p + 56);
	put(t, ", %llu partitions:", (unsigned long long)n);
	while (span_take(&s, 128, &entry) == 0) {
		put(t, " \"");
		put_utf16(t, span_of(entry.p + 56, 72));
		put(t, "\"");
	}
	return 0;
}

/* The file names in a device path; its other nodes only by their number. */
static void put_device_path(struct text *t, struct span s)
{
	while (s.left >= 4) {
		uint8_t type = 0, subtype = 0;
		uint16_t len = 0;
		struct span body;

		(void)span_u8(&s, &type);
		(void)span_u8(&s, &subtype);
		(void)span_u16le(&s, &len);
		if (len < 4 || span_take(&s, len - 4u, &body) < 0 || type == 0x7f)
			return;
		put_char(t, ' ');
		if (type == 4 && subtype == 4)
			put_utf16(t, body);
		else if (type == 4 && (subtype == 3 || subtype == 6 || subtype == 7) &&
			 body.left >= 16)
			put_guid(t, body.p);
		else
			put(t, "%u.%u", type, subtype);
	}
}

static int describe_image(struct text *t, const struct eventlog_event *ev)
{
	struct span s = ev->data, path;
	uint64_t where, len, link, path_len;

	if (span_u64le(&s, &where) < 0 || span_u64le(&s, &len) < 0 || span_u64le(&s, &link) < 0 ||
	    span_u64le(&s, &path_len) < 0 || path_len > s.left)
		return -EBADMSG;
	(void)span_take(&s, (size_t)path_len, &path);
	put(t, "%llu bytes,", (unsigned long long)len);
	put_device_path(t, path);
	return 0;
}

static int describe_separator(struct text *t, const struct eventlog_event *ev)
{
	put_hex(t, ev->data);
	return 0;
}

static int describe_other(struct text *t, const struct eventlog_event *ev)
{
	put_any(t, ev->data);
	return 0;
}

static const struct {
	uint32_t type;
	int (*describe)(struct text *t, const struct eventlog_event *ev);
} describers[] = {
	{ EV_NO_ACTION, describe_no_action },
	{ EV_SEPARATOR, describe_separator },
	{ EV_EVENT_TAG, describe_tag },
	{ EV_IPL, describe_ipl },
	{ EV_POST_CODE, describe_blob },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB, describe_blob },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB2, describe_blob2 },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, describe_variable },
	{ EV_EFI_VARIABLE_BOOT, describe_variable },
	{ EV_EFI_VARIABLE_BOOT2, describe_variable },
	{ EV_EFI_VARIABLE_AUTHORITY, describe_variable },
	{ EV_EFI_GPT_EVENT, describe_gpt },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, describe_image },
	{ EV_EFI_BOOT_SERVICES_DRIVER, describe_image },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, describe_image },
};

void describe_event(const struct eventlog_event *event, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	int (*describe)(struct text *t, const struct eventlog_event *ev) = describe_other;

	buf[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(describers); i++)
		if (describers[i].type == event->type)
			describe = describers[i].describe;
	if (describe(&t, event) < 0) {
		t.len = 0;
		put_hex(&t, event->data);
	}
}
