/* SPDX-License-Identifier: MIT */
/* The command's readers of text that a machine wrote: runtime records and consoles, cut at every
 * byte. */
#include "measure/cmd/golden/recordfiles.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "measure/cmd/golden/console.h"
#include "tests/lib/tap.h"

#define DIGEST_0 "c025e4c438f8c42d3840c7b8c3562384a1d06217d43a5a845858940da52ca29e"

/* Another content type than ours: its digests say nothing about its content. */
static const char runtime[] =
	"{\"recnum\":0,\"pcr\":8,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" DIGEST_0
	"\"}],\"content_type\":\"test\",\"content\":\"a\\n\"}\n"
	"{\"recnum\":1,\"pcr\":15,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" DIGEST_0
	"\"},{\"hashAlg\":\"sm3_256\",\"digest\":\"00\"}],\"content_type\":\"test\",\"content\":{\"b\":1}}\n";

/* Each prefix is whole records (with or without the last newline) or an error. */
static void test_runtime_prefixes(void)
{
	size_t len = strlen(runtime), first = strcspn(runtime, "\n");
	int held = 1;

	for (size_t n = 0; n <= len; n++) {
		struct records records = { 0 };
		char *copy = strndup(runtime, n);
		size_t want = n < first ? 0 : n < len - 1 ? 1 : 2;
		int whole = n == 0 || n == first || n == first + 1 || n >= len - 1;
		int r = copy ? records_add_runtime(&records, "log", copy, n, NULL) : -1;

		held &= whole ? r == 0 && records.n == want : r == -EBADMSG && records.n <= want;
		records_done(&records);
		free(copy);
	}
	ok(held, "records: every prefix of a runtime log is whole records or an error");
}

static void test_runtime_values(void)
{
	struct records records = { 0 };
	char hex[HASH_HEX_MAX];

	is_int(records_add_runtime(&records, "log", runtime, strlen(runtime), NULL), 0,
	       "records: a runtime log is read");
	/* python3: hashlib.sha256(bytes(32) + bytes.fromhex(DIGEST_0)).hexdigest() */
	digest_hex(&records.pcrs.value[HASH_SHA256][15], hex);
	is_str(hex, "bb11fc6c6204d6bfb43c9d44de841807377b2ab159386c34f3d69a81915c3acf",
	       "records: unknown banks are passed over, known ones extended");
	is_str(records.list[0].what, "a", "records: the newline of a line is not shown");
	is_str(records.list[1].what, "{\"b\":1}",
	       "records: content of another type is shown as it is");
	records_done(&records);
}

/* What a log says is shown on terminals, which take some characters for commands. */
static void test_runtime_texts(void)
{
	static const char log[] =
		"{\"recnum\":0,\"pcr\":8,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" DIGEST_0
		"\"}],\"content_type\":\"a\\u001b[2J\\nb\",\"content\":\"c\\u001b[2J\\nd\\n\"}\n";
	struct records records = { 0 };

	is_int(records_add_runtime(&records, "log", log, strlen(log), NULL), 0,
	       "records: control characters are no reason to refuse a log");
	is_str(records.list[0].type_name, "a?[2J?b", "records: but none is shown of its types");
	is_str(records.list[0].what, "c?[2J?d", "records: nor of its content");
	records_done(&records);
}

#define DIGESTS                                                       \
	"\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" DIGEST_0 \
	"\"}],\"content_type\":\"test\""
#define RECORD(rest) "{\"recnum\":0,\"pcr\":8," DIGESTS "," rest "}\n"

/* A record is one object of JSON, whoever wrote it. */
static void test_runtime_json(void)
{
	static const char *const bad[] = {
		"\xef\xbb\xbf" RECORD("\"content\":\"a\""),
		RECORD("\"content\":\"a\",\"pcr\":8"),
		RECORD("\"content\":{\"b\":1,\"b\":1}"),
		RECORD("\"content\":\"a\\u0000b\""),
		RECORD("\"content\":\"a\"}{"),
		"[]\n",
		"\"a\"\n",
		"{\"recnum\":18446744073709551616,\"pcr\":8," DIGESTS ",\"content\":\"a\"}\n",
		"{\"recnum\":0,\"pcr\":18446744073709551624," DIGESTS ",\"content\":\"a\"}\n",
		"{\"recnum\":0,\"pcr\":-1," DIGESTS ",\"content\":\"a\"}\n",
		"{\"recnum\":0,\"pcr\":8.0," DIGESTS ",\"content\":\"a\"}\n",
	};
	static const char large[] =
		RECORD("\"content\":{\"b\":[18446744073709551616,-0.5,\"\\u00e9\"]},\"more\":1");
	struct records records = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(records_add_runtime(&records, "log", bad[i], strlen(bad[i]), NULL), -EBADMSG,
		       "records: what is no record is refused");
		records_done(&records);
	}
	is_int(records_add_runtime(&records, "log", large, strlen(large), NULL), 0,
	       "records: further keys and numbers of any size are not");
	is_str(records.list[0].what, "{\"b\":[18446744073709551616,-0.5,\"??\"]}",
	       "records: content is shown as it was, in ASCII");
	records_done(&records);
}

/* Exit code for a console with this text. */
static int load_text(const char *text, size_t len, struct console *console)
{
	char path[] = "/tmp/test-records-XXXXXX";
	int fd = mkstemp(path), r = -1;

	if (fd >= 0 && write(fd, text, len) == (ssize_t)len)
		r = console_load("test", path, console);
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(path);
	}
	return r;
}

static const char console_text[] =
	"noise\nrampart: READY uptime_ms=1\r\n"
	"rampart: pcr sha256 15 tpm=" DIGEST_0 " sysfs=" DIGEST_0 "\r\n"
	"rampart: firmware-log QUJD\nrampart: firmware-log RA==\n"
	"rampart: runtime-log {}\nrampart: FAILED stage=x reason=y z\a\n";

static void test_console(void)
{
	struct console c;

	is_int(load_text(console_text, strlen(console_text), &c), 0, "console: is read");
	ok(c.pcr[HASH_SHA256][15].has_tpm && c.pcr[HASH_SHA256][15].has_sysfs &&
		   !c.pcr[HASH_SHA256][14].has_tpm,
	   "console: values are found, others not made up");
	ok(c.firmware_len == 4 && !memcmp(c.firmware, "ABCD", 4),
	   "console: the lines of the firmware's log are put together");
	is_str(c.runtime, "{}\n", "console: so are the runtime records");
	is_str(c.failed, "stage=x reason=y z?",
	       "console: the reason of a failure is kept, but for control characters");
	console_done(&c);
}

/* A value that is cut must not pass for a whole one. */
static void test_console_prefixes(void)
{
	const char *pcr = strstr(console_text, "rampart: pcr"), *end = strstr(pcr, "\r\n");
	size_t value_end = (size_t)(strstr(pcr, " sysfs=") - console_text);
	size_t begin = (size_t)(pcr - console_text), stop = (size_t)(end - console_text);
	int held = 1;

	for (size_t n = 0; n < stop; n++) {
		struct console c;
		int r = load_text(console_text, n, &c);
		/* At these places the line is whole words: something that is no pcr line yet, or
		 * one with tpm= alone. */
		int quiet =
			n < begin + strlen("rampart: pcr") || n == value_end || n == value_end + 1;

		held &= quiet ? r == 0 : r == 2;
		held &= !c.pcr[HASH_SHA256][15].has_sysfs;
		console_done(&c);
	}
	ok(held, "console: every prefix of a pcr line is an error or no value");
}

int main(void)
{
	/* Thousands of error lines are part of this. */
	if (!freopen("/dev/null", "w", stderr))
		return 2;
	test_runtime_prefixes();
	test_runtime_values();
	test_runtime_texts();
	test_runtime_json();
	test_console();
	test_console_prefixes();
	return tap_done();
}
