/* SPDX-License-Identifier: MIT */
#include "measure/record/eventlog.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define FIXTURE "tests/fixtures/ovmf-q35.bin"

static const struct eventlog untouched = { .size = 4711 };

/* The header of a crypto-agile log with these banks. */
static void put_header(struct bytes *b, const uint16_t (*algs)[2], uint32_t n)
{
	put_le(b, 0, 4); /* PCR */
	put_le(b, EV_NO_ACTION, 4);
	put_fill(b, 0, 20);
	put_le(b, 16 + 4 + 3 + 1 + 4 + n * 4 + 1, 4);
	put(b, "Spec ID Event03", 16);
	put_fill(b, 0, 4 + 3 + 1);
	put_le(b, n, 4);
	for (uint32_t i = 0; i < n; i++) {
		put_le(b, algs[i][0], 2);
		put_le(b, algs[i][1], 2);
	}
	put_le(b, 0, 1); /* vendor information */
}

static void put_sha256_header(struct bytes *b)
{
	static const uint16_t algs[1][2] = { { 0x000b, 32 } };

	put_header(b, algs, 1);
}

/* A record with one sha256 digest, all bytes of which are fill. */
static void put_event(struct bytes *b, uint32_t pcr, uint32_t type, uint8_t fill, const char *data,
		      size_t len)
{
	put_le(b, pcr, 4);
	put_le(b, type, 4);
	put_le(b, 1, 4);
	put_le(b, 0x000b, 2);
	put_fill(b, fill, 32);
	put_le(b, len, 4);
	put(b, data, len);
}

/* A record of the old format. */
static void put_sha1_event(struct bytes *b, uint32_t pcr, uint32_t type, uint8_t fill,
			   const char *data, size_t len)
{
	put_le(b, pcr, 4);
	put_le(b, type, 4);
	put_fill(b, fill, 20);
	put_le(b, len, 4);
	put(b, data, len);
}

/* Reads to the end: 0 or the error; counts the events. */
static int read_all(const void *p, size_t len, size_t *ret_n)
{
	struct eventlog log;
	struct eventlog_event ev;
	int r = eventlog_open(p, len, &log, NULL);

	*ret_n = 0;
	if (r < 0)
		return r;
	while ((r = eventlog_next(&log, &ev, NULL)) > 0)
		++*ret_n;
	return r;
}

static int replay_bytes(const uint8_t *p, size_t len, struct pcrs *ret)
{
	struct eventlog log;
	int r = eventlog_open(p, len, &log, NULL);

	return r < 0 ? r : eventlog_replay(&log, ret, NULL);
}

static int replay(const struct bytes *b, struct pcrs *ret)
{
	uint8_t *copy = exact_copy(b->p, b->len);
	int r = replay_bytes(copy, b->len, ret);

	free(copy);
	return r;
}

static int replay_error(const struct bytes *b)
{
	struct pcrs pcrs;

	return replay(b, &pcrs);
}

static int is_hex(const struct digest *d, const char *hex, const char *name)
{
	char got[HASH_HEX_MAX];

	digest_hex(d, got);
	return is_str(got, hex, name);
}

/* Ends of records, as a full reading finds them. */
static size_t boundaries(const uint8_t *p, size_t len, size_t *off, size_t max)
{
	struct eventlog log;
	struct eventlog_event ev;
	size_t n = 0;

	if (eventlog_open(p, len, &log, NULL) < 0)
		return 0;
	while (n < max && eventlog_next(&log, &ev, NULL) > 0)
		off[n++] = len - log.rest.left;
	return n;
}

/* The unused rest of a buffer, which the first bytes of a record can look like. */
static int is_unused(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != p[0] || (p[i] != 0 && p[i] != 0xff))
			return 0;
	return 1;
}

/*
 * Every prefix: whole records at a boundary, an error anywhere else, and what the caller holds is
 * not touched by an error.
 */
static int prefixes_hold(const uint8_t *p, size_t len)
{
	size_t off[512], n_off = boundaries(p, len, off, 512), done = 0;

	if (n_off == 0 || off[n_off - 1] != len)
		return 0;
	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = exact_copy(p, n);
		struct eventlog log = untouched;
		struct eventlog_event ev = { .pcr = 99 };
		struct diag diag = { 0 };
		size_t count = 0;
		int r = eventlog_open(copy, n, &log, &diag), opened = r == 0;

		while (r == 0 && (r = eventlog_next(&log, &ev, &diag)) > 0) {
			count++;
			ev.pcr = 99;
			r = 0;
		}
		if (done < n_off && n >= off[done])
			done++;
		free(copy);
		if (done > 0 && is_unused(p + off[done - 1], n - off[done - 1])) {
			if (r != 0 || count != done)
				return 0;
		} else if (r >= 0 || !diag.what || diag.off > n || ev.pcr != 99 ||
			   (!opened && memcmp(&log, &untouched, sizeof(log)) != 0)) {
			return 0;
		}
	}
	return 1;
}

/* The values that another program found; tests/fixtures/ovmf-q35.pcrs says which. */
static void test_fixture(void)
{
	size_t len, n_checked = 0;
	uint8_t *log_bytes = slurp(FIXTURE, &len);
	FILE *expected = fopen("tests/fixtures/ovmf-q35.pcrs", "r");
	struct pcrs pcrs;
	struct eventlog log;
	char line[256], hex[80];
	unsigned pcr;
	int same = 1;

	if (!ok(log_bytes && expected, "eventlog: the fixture is there"))
		goto out_close;
	ok(eventlog_open(log_bytes, len, &log, NULL) == 0 &&
		   eventlog_replay(&log, &pcrs, NULL) == 0,
	   "eventlog: a log of OVMF replays");
	while (fgets(line, sizeof(line), expected)) {
		char got[HASH_HEX_MAX];

		if (sscanf(line, "sha256 %u %79s", &pcr, hex) != 2 || pcr >= PCRS_N)
			continue;
		digest_hex(&pcrs.value[HASH_SHA256][pcr], got);
		same &= !strcmp(got, hex) && pcrs.used[pcr];
		n_checked++;
	}
	ok(same && n_checked == 10, "eventlog: to what tpm2_eventlog and the TPM say, PCR by PCR");
	ok(!pcrs.used[8] && !pcrs.used[12] && !pcrs.bank[HASH_SHA1],
	   "eventlog: PCRs and banks without events are not made up");
	ok(prefixes_hold(log_bytes, len),
	   "eventlog: every prefix of it is whole records or an error");

out_close:
	if (expected)
		fclose(expected);
	free(log_bytes);
}

static void test_old_format(void)
{
	struct bytes b = { .len = 0 };
	struct pcrs pcrs;

	put_sha1_event(&b, 0, EV_S_CRTM_VERSION, 0x11, "1.0", 3);
	put_sha1_event(&b, 7, EV_SEPARATOR, 0x22, "\0\0\0\0", 4);
	is_int(replay(&b, &pcrs), 0, "eventlog: the SHA-1 format is read");
	/* python3: hashlib.sha1(bytes(20) + b'\x22' * 20).hexdigest() */
	is_hex(&pcrs.value[HASH_SHA1][7], "9a358ce8edebe73994f50df546215801d488f049",
	       "eventlog: a PCR is the hash of its old value and the digest");
	ok(pcrs.bank[HASH_SHA1] && !pcrs.bank[HASH_SHA256], "eventlog: its only bank is sha1");
	ok(prefixes_hold(b.p, b.len), "eventlog: every prefix of it is whole records or an error");
}

static void test_banks(void)
{
	static const uint16_t algs[3][2] = { { 0x0012, 32 }, { 0x0004, 20 }, { 0x000b, 32 } };
	struct bytes b = { .len = 0 };
	struct pcrs pcrs;

	put_header(&b, algs, 3);
	put_le(&b, 2, 4);
	put_le(&b, EV_SEPARATOR, 4);
	put_le(&b, 3, 4);
	put_le(&b, 0x000b, 2); /* in another order than the header */
	put_fill(&b, 0x33, 32);
	put_le(&b, 0x0012, 2);
	put_fill(&b, 0x44, 32);
	put_le(&b, 0x0004, 2);
	put_fill(&b, 0x22, 20);
	put_le(&b, 0, 4);
	is_int(replay(&b, &pcrs), 0, "eventlog: a bank that we do not know is passed over");
	is_hex(&pcrs.value[HASH_SHA1][2], "9a358ce8edebe73994f50df546215801d488f049",
	       "eventlog: each bank has its own digest (sha1)");
	/* python3: hashlib.sha256(bytes(32) + b'\x33' * 32).hexdigest() */
	is_hex(&pcrs.value[HASH_SHA256][2],
	       "aa3fbb7913e12ae041ff4ac2b75384d7e97ab7a9cc3e405c2bbfc96c65590160",
	       "eventlog: each bank has its own digest (sha256)");
	ok(prefixes_hold(b.p, b.len), "eventlog: every prefix of it is whole records or an error");
}

static void test_locality(void)
{
	static const char locality3[] = "StartupLocality\0\3";
	struct bytes b = { .len = 0 };
	struct pcrs pcrs;

	put_sha256_header(&b);
	put_event(&b, 0, EV_NO_ACTION, 0, locality3, 17);
	put_event(&b, 0, EV_S_CRTM_VERSION, 0x33, "", 0);
	is_int(replay(&b, &pcrs), 0, "eventlog: a startup locality is read");
	put_event(&b, 0, EV_NO_ACTION, 0, locality3, 17);
	is_int(replay_error(&b), 0, "eventlog: said again after an extend it changes nothing");

	b.len = 0;
	put_sha256_header(&b);
	put_event(&b, 0, EV_S_CRTM_VERSION, 0x33, "", 0);
	put_event(&b, 0, EV_NO_ACTION, 0, locality3, 17);
	is_int(replay_error(&b), -EPROTO, "eventlog: a locality after an extend is refused");

	b.len = 0;
	put_sha256_header(&b);
	put_event(&b, 7, EV_SEPARATOR, 0x33, "\0\0\0\0", 4);
	put_event(&b, 0, EV_NO_ACTION, 0, locality3, 17);
	is_int(replay_error(&b), 0, "eventlog: but not after one of another PCR");
}

/* python3: hashlib.sha256(bytes(31) + b'\x03' + b'\x33' * 32).hexdigest() */
#define FROM_3 "f0c81558c26f68145511606df03b56dfc1a3583458e69bb7d37d5c8134624993"

/* A log with one or two localities, and what PCR 0 is after an event. */
static void test_localities(void)
{
	static const struct {
		const char *first, *second;
		size_t first_len, second_len;
		int want;
		const char *name;
	} cases[] = {
		{ "StartupLocality\0\3\0\0\0\0", "", 21, 0, 0,
		  "eventlog: one with padding is read" },
		{ "StartupLocality\0\3\377", "", 18, 0, 0, "eventlog: whatever the padding is" },
		{ "StartupLocality\0\3", "StartupLocality\0\3", 17, 17, 0,
		  "eventlog: the same locality once more is none other" },
		{ "StartupLocality\0\3", "StartupLocality\0\3\0", 17, 18, 0,
		  "eventlog: with padding either" },
		{ "StartupLocality\0\3", "StartupLocality\0\4", 17, 17, -EPROTO,
		  "eventlog: a second locality is refused" },
		{ "StartupLocality\0\3", "StartupLocality\0\0", 17, 17, -EPROTO,
		  "eventlog: if it is zero too" },
		{ "StartupLocality\0\1", "", 17, 0, -EPROTO,
		  "eventlog: a locality no TPM starts from is refused" },
		{ "StartupLocality", "", 16, 0, -EPROTO, "eventlog: so is none" },
	};
	struct pcrs pcrs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = { .len = 0 };

		put_sha256_header(&b);
		put_event(&b, 0, EV_NO_ACTION, 0, cases[i].first, cases[i].first_len);
		if (cases[i].second_len)
			put_event(&b, 0, EV_NO_ACTION, 0, cases[i].second, cases[i].second_len);
		put_event(&b, 0, EV_S_CRTM_VERSION, 0x33, "", 0);
		is_int(replay(&b, &pcrs), cases[i].want, cases[i].name);
		if (cases[i].want == 0)
			is_hex(&pcrs.value[HASH_SHA256][0], FROM_3,
			       "eventlog: PCR 0 starts from it");
	}
}

static void test_no_action(void)
{
	struct bytes b = { .len = 0 };
	struct pcrs pcrs;

	put_sha256_header(&b);
	put_event(&b, 0xffffffff, EV_NO_ACTION, 0x55, "vendor", 6);
	put_event(&b, 5, EV_NO_ACTION, 0x55, "vendor", 6);
	is_int(replay(&b, &pcrs), 0, "eventlog: EV_NO_ACTION may name any PCR");
	ok(!pcrs.used[5] && pcrs.value[HASH_SHA256][5].bytes[0] == 0,
	   "eventlog: EV_NO_ACTION is never extended");

	b.len = 0;
	put_sha1_event(&b, 0, EV_NO_ACTION, 0, "StartupLocality\0\3", 17);
	is_int(replay_error(&b), -EBADMSG, "eventlog: a locality alone is no log");
	put_sha1_event(&b, 0, EV_S_CRTM_VERSION, 0x22, "1.0", 3);
	is_int(replay(&b, &pcrs), 0, "eventlog: a SHA-1 log may begin with a locality");
	/* python3: hashlib.sha1(bytes(19) + b'\x03' + b'\x22' * 20).hexdigest() */
	is_hex(&pcrs.value[HASH_SHA1][0], "510e37701f88662ff81cdde17dcda6091f97ecc7",
	       "eventlog: PCR 0 starts from it");

	b.len = 0;
	put_sha1_event(&b, 0, EV_NO_ACTION, 0x11, "vendor", 6);
	is_int(replay_error(&b), -EBADMSG,
	       "eventlog: EV_NO_ACTION with a digest is neither header nor measurement");
}

static void test_padding(void)
{
	struct bytes b = { .len = 0 };
	size_t n, end;
	int held = 1;

	put_sha256_header(&b);
	put_event(&b, 5, EV_SEPARATOR, 0x11, "\0\0\0\0", 4);
	end = b.len;
	put_fill(&b, 0, 4096);
	is_int(read_all(b.p, b.len, &n), 0, "eventlog: zeros behind the last record are its end");
	is_int(n, 2, "eventlog: and no events");
	b.p[b.len - 1] = 1;
	is_int(read_all(b.p, b.len, &n), -EPROTO, "eventlog: zeros with something behind are not");

	for (unsigned fill = 0; fill < 2; fill++)
		for (size_t len = 1; len < 80; len++) {
			b.len = end;
			put_fill(&b, fill ? 0xff : 0, len);
			held &= read_all(b.p, b.len, &n) == 0 && n == 2;
		}
	ok(held, "eventlog: any number of zeros, or of 0xff, is the unused rest");
	b.p[end] = 0;
	is_int(read_all(b.p, b.len, &n), -EPROTO, "eventlog: both together are not");
}

/* Events of a log whose header lists sha1, sha256, sha384. */
static void put_some_digests(struct bytes *b, uint32_t pcr, const char *banks)
{
	static const struct {
		char letter;
		uint16_t id, len;
	} algs[] = { { '1', 4, 20 }, { '2', 11, 32 }, { '3', 12, 48 } };

	put_le(b, pcr, 4);
	put_le(b, EV_SEPARATOR, 4);
	put_le(b, strlen(banks), 4);
	for (; *banks; banks++)
		for (size_t i = 0; i < 3; i++)
			if (algs[i].letter == *banks) {
				put_le(b, algs[i].id, 2);
				put_fill(b, 0x22, algs[i].len);
			}
	put_le(b, 0, 4);
}

/* What is left of the banks, as letters, or an error. */
static const char *banks_of(const char *first, const char *second)
{
	static const uint16_t algs[3][2] = { { 4, 20 }, { 11, 32 }, { 12, 48 } };
	static char text[4];
	struct bytes b = { .len = 0 };
	struct pcrs pcrs;
	size_t n = 0;

	put_header(&b, algs, 3);
	put_some_digests(&b, 2, first);
	put_some_digests(&b, 3, second);
	if (replay(&b, &pcrs) < 0)
		return "refused";
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (pcrs.bank[i])
			text[n++] = "1234"[i];
	text[n] = '\0';
	return text;
}

static void test_fewer_digests(void)
{
	is_str(banks_of("123", "321"), "123", "eventlog: a bank that all events have is replayed");
	is_str(banks_of("12", "21"), "12", "eventlog: one that only the header has is left out");
	is_str(banks_of("123", "12"), "12", "eventlog: and one that an event lacks");
	is_str(banks_of("1", "23"), "refused", "eventlog: if no bank is left, that is an error");
	is_str(banks_of("12", ""), "refused", "eventlog: an event without digests is one");
}

/* The rule is that of the event that breaks it, and is where the event is. */
static void test_rules(void)
{
	struct bytes b = { .len = 0 };
	struct pcrs pcrs, before;
	struct eventlog_event ev = { .pcr = 24, .type = EV_ACTION };
	struct diag diag = { 0 };
	struct eventlog log;
	size_t at;

	put_sha256_header(&b);
	put_event(&b, 5, EV_SEPARATOR, 0x11, "\0\0\0\0", 4);
	at = b.len;
	put_event(&b, 99, EV_ACTION, 0x11, "x", 1);
	put_event(&b, 98, EV_ACTION, 0x11, "x", 1);
	is_int(eventlog_open(b.p, b.len, &log, NULL), 0, "eventlog: an event may break a rule");
	is_int(eventlog_replay(&log, &pcrs, &diag), -EPROTO, "eventlog: which replay finds");
	is_str(diag.what, "measurement into a PCR above 23", "eventlog: it says which rule");
	is_int((int64_t)diag.off, (int64_t)at, "eventlog: and where the first such event is");

	pcrs_init(&pcrs, log.bank);
	before = pcrs;
	ev.has[HASH_SHA256] = true;
	is_str(eventlog_apply(&pcrs, &ev), "measurement into a PCR above 23",
	       "eventlog: so does each event");
	ev = (struct eventlog_event){ .pcr = 3, .type = EV_ACTION };
	is_str(eventlog_apply(&pcrs, &ev), "measurement has no digest of an active bank",
	       "eventlog: a bank that is active must have a digest");
	ok(!memcmp(&pcrs, &before, sizeof(pcrs)), "eventlog: no value changes by such an event");
}

/* A good log with one byte changed: what kind of error it must be. */
static void test_twins(void)
{
	static const struct {
		size_t off;
		uint8_t value;
		int error;
		const char *name;
	} twins[] = {
		{ 32 + 24, 0, -EPROTO, "eventlog: a header without banks is refused" },
		{ 32 + 24, 17, -EPROTO, "eventlog: a header with 17 banks is refused" },
		{ 32 + 24, 2, -EBADMSG,
		  "eventlog: a header that lists more than it has is refused" },
		{ 32 + 30, 31, -EPROTO, "eventlog: a sha256 of 31 bytes is refused" },
		{ 32 + 28, 0x99, -ENOTSUP, "eventlog: a log without a bank we know is refused" },
		{ 32 + 32, 1, -EBADMSG, "eventlog: vendor information past the header is refused" },
		{ 28, 0xff, -EBADMSG, "eventlog: a header longer than the log is refused" },
		{ 65 + 0, 24, -EPROTO, "eventlog: a measurement into PCR 24 is refused" },
		{ 65 + 8, 0, -EPROTO, "eventlog: a record without digests is refused" },
		{ 65 + 8, 2, -EPROTO, "eventlog: a record with a digest too many is refused" },
		{ 65 + 12, 0x0c, -EPROTO,
		  "eventlog: a digest the header does not list is refused" },
		{ 65 + 49, 0xff, -EBADMSG, "eventlog: data longer than the log is refused" },
	};
	struct bytes b = { .len = 0 };
	struct pcrs pcrs;
	size_t n;

	put_sha256_header(&b);
	put_event(&b, 5, EV_SEPARATOR, 0x11, "\0\0\0\0", 4);
	is_int(read_all(b.p, b.len, &n), 0, "eventlog: the good twin is read");
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		uint8_t *copy = exact_copy(b.p, b.len);

		copy[twins[i].off] = twins[i].value;
		is_int(replay_bytes(copy, b.len, &pcrs), twins[i].error, twins[i].name);
		free(copy);
	}
	is_int(read_all(NULL, 0, &n), -EBADMSG, "eventlog: no bytes are no log");
}

static void test_names(void)
{
	is_str(eventlog_type_name(0x80000006), "EV_EFI_GPT_EVENT", "eventlog: types have names");
	ok(!eventlog_type_name(0x12345678), "eventlog: unknown ones have none");
}

int main(void)
{
	test_fixture();
	test_old_format();
	test_banks();
	test_locality();
	test_localities();
	test_no_action();
	test_padding();
	test_fewer_digests();
	test_rules();
	test_twins();
	test_names();
	return tap_done();
}
