/* SPDX-License-Identifier: MIT */
/* The instance configuration: its text, and the event that it is measured with. Expected digests:
 * Python's hashlib over the texts spelt out here. */
#include "measure/lib/instance.h"

#include <errno.h>
#include <stdlib.h>

#include "measure/lib/event.h"
#include "measure/lib/ipv4.h"
#include "tests/lib/tap.h"

static struct instance instance;
static struct instance_fault fault;

/* Of a heap copy of exactly len bytes, so that a read past it is a sanitizer report. */
static int parse_len(const char *text, size_t len, unsigned allowed)
{
	char *copy = malloc(len + 1);
	int r;

	must(copy != NULL);
	memmove(copy + 1, text, len);
	memset(&fault, 0, sizeof(fault));
	memset(&instance, 0x5a, sizeof(instance));
	r = instance_parse(copy + 1, len, allowed, &instance, &fault);
	free(copy);
	return r;
}

static int parse(const char *text)
{
	return parse_len(text, strlen(text), INSTANCE_ALL);
}

static void reads(const char *text, const char *canonical)
{
	char got[INSTANCE_TEXT_MAX] = "";

	if (is_int(parse(text), 0, text))
		(void)instance_canonical(&instance, got);
	else
		printf("# line %zu: %s: %s\n", fault.line, fault.key, fault.what);
	is_str(got, canonical, "its canonical text");
}

static void test_read(void)
{
	reads("", "");
	reads("\n# nothing\n \t\n", "");
	reads("address = 10.1.2.3/24\n", "address = 10.1.2.3/24\n");
	is_int(instance.ip, 0x0a010203, "the address, in host order");
	is_int(instance.mask, 0xffffff00, "and its mask");
	reads("mtu=1400", "mtu = 1400\n");
	is_int(instance.mtu, 1400, "a last line without a newline counts");
	reads("  gateway\t=  10.1.2.1 \n#x\naddress =10.1.2.3/24", /* sorted */
	      "address = 10.1.2.3/24\ngateway = 10.1.2.1\n");
	is_int(instance.gateway, 0x0a010201, "the router");
	reads("address = 10.128.0.5/32\ngateway = 10.128.0.1\n",
	      "address = 10.128.0.5/32\ngateway = 10.128.0.1\n");
	is_int(instance.mask, 0xffffffff, "all ones");
	reads("address = 10.0.0.0/31", "address = 10.0.0.0/31\n");
	reads("address = 10.0.0.1/31", "address = 10.0.0.1/31\n");
	reads("address = 192.0.2.1/1", "address = 192.0.2.1/1\n");
	reads("hostname = a", "hostname = a\n");
	reads("hostname = llm-7.Example\nmtu = 9216\n", "hostname = llm-7.Example\nmtu = 9216\n");
	reads("mtu = 1280", "mtu = 1280\n");
	reads("log-host=10.1.2.9\nhostname = a", "hostname = a\nlog-host = 10.1.2.9\n");
	is_int(instance.log_host, 0x0a010209, "where the log goes");
	is_int(instance.log_port, 514, "to syslog's own port");
	reads("log-host = 10.1.2.9:65535", "log-host = 10.1.2.9:65535\n");
	is_int(instance.log_port, 65535, "or to another");
	reads("log-host = 10.1.2.9\naddress = 10.1.2.3/24",
	      "address = 10.1.2.3/24\nlog-host = 10.1.2.9\n");
	reads("hostname = 012345678901234567890123456789012345678901234567890123456789abc",
	      "hostname = 012345678901234567890123456789012345678901234567890123456789abc\n");
}

#define NO_LOG_HOST \
	"not an address such as 10.1.2.9, or with another port than 514 such as 10.1.2.9:5514"

static const struct {
	const char *text;
	size_t line;
	const char *key, *what;
} bad[] = {
	{ "mtu = 1400\nwifi = on", 2, "wifi", "unknown key" },
	{ "MTU = 1400", 1, "", "unknown key" },
	{ "= 1400", 1, "", "unknown key" },
	{ "mtu.x = 1400", 1, "", "unknown key" },
	{ "mtu 1400", 1, "", "not \"key = value\"" },
	{ "\n\nmtu = 1400\nmtu = 1400\n", 4, "mtu", "this key was given before" },
	{ "mtu = 1279", 1, "mtu", "not a number from 1280 to 9216" },
	{ "mtu = 9217", 1, "mtu", "not a number from 1280 to 9216" },
	{ "mtu = 01400", 1, "mtu", "not a number from 1280 to 9216" },
	{ "mtu = 1400 # wide", 1, "mtu", "not a number from 1280 to 9216" },
	{ "mtu = ", 1, "mtu", "not a number from 1280 to 9216" },
	{ "mtu = 18446744073709552896", 1, "mtu", "not a number from 1280 to 9216" },
	{ "mtu = 1400\r\n", 1, "", "not printable ASCII" },
	{ "mtu = 14\a00", 1, "", "not printable ASCII" },
	{ "# \xc3\xa4", 1, "", "not printable ASCII" },
	{ "address = 10.1.2.3", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2.3/0", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2.3/33", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2.3/024", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2.03/24", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2/24", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2.256/24", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 10.1.2.3 /24", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = ::1/64", 1, "address",
	  "not an address and the length of its prefix, such as 10.1.2.3/24" },
	{ "address = 127.0.0.1/8", 1, "address", "not the address of a host" },
	{ "address = 0.0.0.1/8", 1, "address", "not the address of a host" },
	{ "address = 224.0.0.1/24", 1, "address", "not the address of a host" },
	{ "address = 10.1.2.0/24", 1, "address",
	  "the address of the network itself, or its broadcast" },
	{ "address = 10.1.2.255/24", 1, "address",
	  "the address of the network itself, or its broadcast" },
	{ "gateway = 10.1.2.1", 0, "gateway",
	  "without an address, only a DHCP server names the router" },
	{ "gateway = 10.1.2.3\naddress = 10.1.2.3/24", 0, "gateway", "the machine's own address" },
	{ "gateway = 255.255.255.255\naddress = 10.1.2.3/24", 1, "gateway",
	  "not the address of a host" },
	{ "gateway = 10.1.2.1/24\naddress = 10.1.2.3/24", 1, "gateway",
	  "not an address such as 10.1.2.1" },
	{ "hostname = a\naddress = 10.1.2.3/24", 0, "hostname",
	  "with an address, there is no DHCP server to be told of it" },
	{ "hostname = -a", 1, "hostname",
	  "not labels of letters, digits and inner dashes, with dots between" },
	{ "hostname = a-", 1, "hostname",
	  "not labels of letters, digits and inner dashes, with dots between" },
	{ "hostname = a..b", 1, "hostname",
	  "not labels of letters, digits and inner dashes, with dots between" },
	{ "hostname = a.", 1, "hostname",
	  "not labels of letters, digits and inner dashes, with dots between" },
	{ "hostname = a_b", 1, "hostname",
	  "not labels of letters, digits and inner dashes, with dots between" },
	{ "hostname =", 1, "hostname",
	  "not labels of letters, digits and inner dashes, with dots between" },
	{ "hostname = 012345678901234567890123456789012345678901234567890123456789abcd", 1,
	  "hostname", "longer than 63 characters" },
	{ "log-host = logs.example", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 10.1.2.9:", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 10.1.2.9:0", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 10.1.2.9:514", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 10.1.2.9:05514", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 10.1.2.9:65536", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 10.1.2.9/24", 1, "log-host", NO_LOG_HOST },
	{ "log-host = 127.0.0.1", 1, "log-host", "not the address of a host" },
	{ "log-host = 255.255.255.255:5514", 1, "log-host", "not the address of a host" },
};

static void test_refused(void)
{
	static const struct instance fresh;
	static char large[INSTANCE_SIZE_MAX + 1];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct instance before;

		ok(parse(bad[i].text) < 0, bad[i].text);
		memset(&before, 0x5a, sizeof(before));
		is_int(memcmp(&before, &instance, sizeof(before)), 0, "and nothing is read");
		is_int((int64_t)fault.line, (int64_t)bad[i].line, "the line");
		is_str(fault.key, bad[i].key, "the key");
		is_str(fault.what, bad[i].what, "and why");
	}
	is_int(parse_len("mtu = 1400\0", 11, INSTANCE_ALL), -EBADMSG, "a NUL is no text");
	is_int(parse_len("\0", 1, INSTANCE_ALL), -EBADMSG, "nor is one alone");
	is_int(parse_len("mtu = 1400", 10, 1u << INSTANCE_ADDRESS), -EPROTO,
	       "a key that is not allowed");
	is_str(fault.what, "the image does not allow this key", "is said to be that");
	is_int(parse_len("mtu = 1400", 10, 1u << INSTANCE_MTU), 0, "one that is");
	is_int(parse_len("", 0, 0), 0, "nothing is always allowed");
	is_int(memcmp(&fresh, &instance, sizeof(fresh)), 0, "and is no configuration");
	memset(large, '\n', sizeof(large));
	is_int(parse_len(large, INSTANCE_SIZE_MAX, 0), 0, "16 KiB are read");
	is_int(parse_len(large, INSTANCE_SIZE_MAX + 1, 0), -EFBIG, "and a byte more is not");
}

static void test_prefixes(void)
{
	static const char text[] = "address = 10.1.2.3/24\ngateway = 10.1.2.1\nmtu = 1400\n";
	int n_bad = 0;

	for (size_t len = 0; len < sizeof(text); len++)
		n_bad += parse_len(text, len, INSTANCE_ALL) < 0;
	ok(n_bad > 20, "most of what is cut is none");
}

/* ---- the event ---- */

#define FIRST                                                                              \
	"rampart/1 config config "                                                         \
	"sha256:84e1eea99ea0701d36c7c1fde310cd19b4890fec538c5c31ce1c5d8d7d17bc2a size=52 " \
	"address=10.1.2.3/24 gateway=10.1.2.1 mtu=1400\n"
#define SECOND                                                                             \
	"rampart/1 config config "                                                         \
	"sha256:788ebf3d91cd0ac4d6ebf508b29a6a20e8eb45bd57fd9f382cbd4103da67703d size=25 " \
	"hostname=llm-7.example\n"
#define NONE                     \
	"rampart/1 config none " \
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 size=0\n"

static void measured(const char *text, const char *line, const char *sha256)
{
	char hex[HASH_HEX_MAX];
	struct instance back;
	struct digest digest;
	struct event event;

	must(parse(text) == 0 && event_config(&instance, &event) == 0);
	is_int(event.pcr, 8, "PCR 8");
	is_str(event.line, line, "the line has the whole configuration");
	event_digest(&event, HASH_SHA256, &digest);
	digest_hex(&digest, hex);
	is_str(hex, sha256, "its digest");
	if (is_int(event_config_read(event.line, event.len, &back), 0, "it can be read again"))
		is_int(memcmp(&back, &instance, sizeof(back)), 0, "as what it was made of");
}

static void unread(const char *line, size_t len, const char *name)
{
	struct instance back;

	is_int(event_config_read(line, len, &back), -EPROTO, name);
}

static void refuse(const char *from, const char *to)
{
	char line[2 * EVENT_LINE_MAX];
	const char *hit = strstr(FIRST, from);

	must(hit != NULL);
	snprintf(line, sizeof(line), "%.*s%s%s", (int)(hit - FIRST), FIRST, to, hit + strlen(from));
	unread(line, strlen(line), to);
}

static void test_event(void)
{
	measured("mtu=1400\n#\naddress=10.1.2.3/24\ngateway=10.1.2.1", FIRST,
		 "c6a804be47f488f00fc8bb061930312073fc65fc350f96fa76919d40d7704e08");
	measured("hostname = llm-7.example", SECOND,
		 "fa9a200f10712cb04dcdc588a0ad81fb65c229c8d8b1c0f3a26c3823568c1c13");
	measured("# nothing", NONE,
		 "3b23ac97e2e8036ddcfc59a4c7ba8d1397b7c1f6eeac877a831fa1d49a20e19b");
	refuse("mtu=1400", "mtu=1401");
	refuse("mtu=1400", "mtu=99");
	refuse("mtu=1400", "mtu=1400 wifi=on");
	refuse(" mtu=1400", "");
	refuse("address=10.1.2.3/24 gateway=10.1.2.1", "gateway=10.1.2.1 address=10.1.2.3/24");
	refuse(" gateway", "  gateway");
	refuse("size=52", "size=53");
	refuse("84e1", "84e2");
	refuse("config config", "config none");
	refuse("rampart/1", "rampart/2");
	refuse("\n", "");
	refuse("\n", "\n\n");
	refuse(" size=52 address=10.1.2.3/24 gateway=10.1.2.1 mtu=1400", "");
	unread("", 0, "nothing is no line");
	for (size_t len = 0; len < sizeof(FIRST) - 1; len++) {
		struct instance back;

		if (event_config_read(FIRST, len, &back) == 0)
			ok(0, "a line that was cut is read");
	}
}

static void test_addresses(void)
{
	uint32_t ip = 7;

	ok(ipv4_parse("255.0.10.199", 12, &ip) && ip == 0xff000ac7, "255.0.10.199");
	ok(ipv4_parse("1.2.3.45", 7, &ip) && ip == 0x01020304, "no more than its length is read");
	ip = 7;
	ok(!ipv4_parse("1.2.3.", 6, &ip) && !ipv4_parse(".1.2.3", 6, &ip) &&
		   !ipv4_parse("1.2.3.4.", 8, &ip) && !ipv4_parse("1.2.3.4.5", 9, &ip) &&
		   !ipv4_parse("1..3.4", 6, &ip) && !ipv4_parse("", 0, &ip) &&
		   !ipv4_parse("0x1.2.3.4", 9, &ip) && !ipv4_parse("1.2.3.0004", 10, &ip) &&
		   !ipv4_parse("00.2.3.4", 8, &ip) && !ipv4_parse("1.2.3.4 ", 8, &ip),
	   "other spellings are none");
	is_int(ip, 7, "and leave nothing");
	is_int(ipv4_mask(0), 0, "no bits");
	is_int(ipv4_mask(32), 0xffffffff, "all bits");
}

int main(void)
{
	test_read();
	test_refused();
	test_prefixes();
	test_event();
	test_addresses();
	return tap_done();
}
