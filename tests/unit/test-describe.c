/* SPDX-License-Identifier: MIT */
#include "measure/record/describe.h"

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

static const char *describe(uint32_t pcr, uint32_t type, const void *data, size_t len)
{
	static char text[DESCRIBE_MAX];
	struct eventlog_event ev = { .pcr = pcr, .type = type, .data = span_of(data, len) };

	ev.has[HASH_SHA256] = true;
	hash_bytes(HASH_SHA256, data, len, &ev.digest[HASH_SHA256]);
	describe_event(&ev, text, sizeof(text));
	return text;
}

static void put_utf16(struct bytes *b, const char *text, int with_nul)
{
	for (; *text || with_nul; text++) {
		put_le(b, (uint8_t)*text, 2);
		if (!*text)
			break;
	}
}

static void test_texts(void)
{
	struct bytes b = { .len = 0 };

	is_str(describe(4, EV_EFI_ACTION, "Calling\nit", 10), "Calling?it",
	       "describe: text is printed, control characters are not");
	is_str(describe(8, EV_IPL, "\x1b[2Jx", 5), "1b5b324a78", "describe: other bytes are hex");
	is_str(describe(0, EV_SEPARATOR, "\0\0\0\0", 4), "00000000",
	       "describe: a separator is hex");
	is_str(describe(0, EV_NO_ACTION, "StartupLocality\0\3", 17), "StartupLocality 3",
	       "describe: a locality");
	put_utf16(&b, "evil=1", 1);
	is_str(describe(12, EV_IPL, b.p, b.len), "kernel command line: evil=1",
	       "describe: a text in PCR 12 that is what was measured is a command line");
	is_str(describe(11, EV_IPL, b.p, b.len), "evil=1", "describe: elsewhere it is a text");
}

static void test_command_line_claim(void)
{
	struct eventlog_event ev = { .pcr = 12, .type = EV_IPL };
	struct bytes b = { .len = 0 };
	char text[64];

	put_utf16(&b, "Credentials initrd", 1);
	ev.data = span_of(b.p, b.len);
	ev.has[HASH_SHA256] = true;
	ev.digest[HASH_SHA256].alg = HASH_SHA256;
	describe_event(&ev, text, sizeof(text));
	is_str(text, "Credentials initrd",
	       "describe: a text that was not measured is no command line");
	describe_event(&ev, text, 12);
	is_str(text, "Credenti...", "describe: a text that does not fit ends in dots");
}

static void put_variable(struct bytes *b, const char *name, const void *value, size_t len)
{
	put_fill(b, 0x22, 16);
	put_le(b, strlen(name), 8);
	put_le(b, len, 8);
	put_utf16(b, name, 0);
	put(b, value, len);
}

static void test_variables(void)
{
	struct bytes b = { .len = 0 }, option = { .len = 0 };

	put_variable(&b, "SecureBoot", "\1", 1);
	is_str(describe(7, EV_EFI_VARIABLE_DRIVER_CONFIG, b.p, b.len), "SecureBoot = 1",
	       "describe: a variable of one byte has a value");
	b.len = 0;
	put_variable(&b, "BootOrder", "\1\0\0\0", 4);
	is_str(describe(1, EV_EFI_VARIABLE_BOOT, b.p, b.len), "BootOrder 0001 0000",
	       "describe: the boot order");
	b.len = 0;
	put_le(&option, 1, 4);
	put_le(&option, 0, 2);
	put_utf16(&option, "UEFI Misc Device", 1);
	put_variable(&b, "Boot0001", option.p, option.len);
	is_str(describe(1, EV_EFI_VARIABLE_BOOT, b.p, b.len), "Boot0001: UEFI Misc Device",
	       "describe: a boot option has a name");
	set_le(b.p + 16, 0x8000000000000004, 8);
	is_str(describe(1, EV_EFI_VARIABLE_BOOT, b.p, 8), "2222222222222222",
	       "describe: what is malformed is hex");
	ok(strlen(describe(1, EV_EFI_VARIABLE_BOOT, b.p, b.len)) > 0,
	   "describe: a length that wraps is malformed");
}

static int is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return 0;
	return 1;
}

/* Each event of a real log with its data cut at every byte: only the sanitizer can object. */
static void test_prefixes(void)
{
	size_t len, n = 0;
	uint8_t *bytes = slurp("tests/fixtures/ovmf-q35.bin", &len);
	struct eventlog_event ev;
	struct eventlog log;
	int held = 1;

	if (!ok(bytes && eventlog_open(bytes, len, &log, NULL) == 0,
		"describe: the fixture is there")) {
		free(bytes);
		return;
	}
	while (eventlog_next(&log, &ev, NULL) > 0) {
		for (size_t cut = 0; cut <= ev.data.left; cut++) {
			uint8_t *copy = exact_copy(ev.data.p, cut);

			held &= is_printable(describe(ev.pcr, ev.type, copy, cut));
			free(copy);
			n++;
		}
	}
	ok(held && n > 1000, "describe: every prefix of an event's data gives printable text");
	free(bytes);
}

int main(void)
{
	test_texts();
	test_command_line_claim();
	test_variables();
	test_prefixes();
	return tap_done();
}
