/* SPDX-License-Identifier: MIT */
/* Both logs, the PCR values, and what the events of init must be. */
#include "tests/lib/lies.h"

static void drop_firmware(size_t i)
{
	memmove(&m.firmware[i], &m.firmware[i + 1], (m.n_firmware - i - 1) * sizeof(m.firmware[0]));
	m.n_firmware--;
}

static void drop_runtime(size_t i)
{
	memmove(&m.runtime[i], &m.runtime[i + 1], (m.n_runtime - i - 1) * sizeof(m.runtime[0]));
	m.n_runtime--;
}

static void test_firmware_log(void)
{
	struct measured swap;

	machine_start(&m);
	machine_boot(&m);
	add_firmware(&m, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "another program");
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event more in the firmware's log");

	machine_start(&m);
	machine_boot(&m);
	drop_firmware(15);
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event less");

	machine_start(&m);
	machine_boot(&m);
	swap = m.firmware[14];
	m.firmware[14] = m.firmware[15];
	m.firmware[15] = swap;
	relog(write_firmware_log);
	lie("logs.replay", "two events of one PCR, swapped");

	machine_start(&m);
	machine_boot(&m);
	m.firmware[14].type = EV_IPL;
	relog(write_firmware_log);
	lie("golden.types", "an event of another type, which is not hashed");

	machine_start(&m);
	machine_boot(&m);
	m.firmware[14].type = EV_NO_ACTION;
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event that is said to be none");

	machine_start(&m);
	machine_boot(&m);
	m.firmware_log.len -= 3;
	rest();
	lie("firmware_log.form", "a log cut short");
}

/* An EV_NO_ACTION or another event behind the header; PCR 0 is what the log then leads to. */
static void insert_event(uint32_t pcr, uint32_t type, const char *data, size_t len)
{
	static struct bytes ev, log;
	struct pcrs pcrs;
	struct eventlog read;
	size_t header;

	ev.len = log.len = 0;
	put_le(&ev, pcr, 4);
	put_le(&ev, type, 4);
	put_le(&ev, 1, 4);
	put_le(&ev, hash_tpm_alg(HASH_SHA256), 2);
	put_fill(&ev, 0, 32);
	put_le(&ev, len, 4);
	put(&ev, data, len);
	header = 32 + m.firmware_log.p[28];
	put(&log, m.firmware_log.p, header);
	put(&log, ev.p, ev.len);
	put(&log, m.firmware_log.p + header, m.firmware_log.len - header);
	m.firmware_log.len = 0;
	put(&m.firmware_log, log.p, log.len);
	if (eventlog_open(log.p, log.len, &read, NULL) == 0 &&
	    eventlog_replay(&read, &pcrs, NULL) == 0)
		m.values.value[HASH_SHA256][0] = pcrs.value[HASH_SHA256][0];
}

static void locality(const char *data, size_t len, const char *checks, const char *name)
{
	machine_start(&m);
	machine_boot(&m);
	insert_event(0, EV_NO_ACTION, data, len);
	rest();
	lie(checks, name);
}

/* Where PCR 0 starts; golden values here are of a machine that starts at 0. */
static void test_localities(void)
{
	locality("StartupLocality\0\0", 17, "", "a locality that is 0");
	locality("StartupLocality\0\3", 17, "golden.values", "another is another PCR 0");
	locality("StartupLocality\0\3\0\0\0", 20, "golden.values", "padding changes nothing");
	locality("StartupLocality\0\2", 17, "logs.replay", "a locality that there is not");
	locality("StartupLocality", 16, "logs.replay", "none at all");

	machine_start(&m);
	machine_boot(&m);
	insert_event(99, EV_ACTION, "x", 1);
	rest();
	lie("logs.replay", "a measurement into a PCR that there is not");
}

static void test_runtime_log(void)
{
	struct event swap;

	machine_start(&m);
	machine_boot(&m);
	swap = m.runtime[3];
	memcpy(strstr(swap.line, "model.gguf"), "MODEL.gguf", 10);
	memmove(&m.runtime[5], &m.runtime[4], (m.n_runtime - 4) * sizeof(swap));
	m.n_runtime++;
	m.runtime[4] = swap;
	relog(write_runtime_log);
	lie("logs.replay golden.types", "an event more in the runtime log");

	machine_start(&m);
	machine_boot(&m);
	drop_runtime(1);
	relog(write_runtime_log);
	lie("logs.replay golden.types", "an event less");

	machine_start(&m);
	machine_boot(&m);
	swap = m.runtime[0];
	m.runtime[0] = m.runtime[1];
	m.runtime[1] = swap;
	relog(write_runtime_log);
	lie("logs.replay", "two events, swapped");

	machine_start(&m);
	machine_boot(&m);
	memcpy(strstr(m.runtime[0].line, " plan "), " ploy ", 6);
	relog(write_runtime_log);
	lie("logs.replay runtime.events", "an event of another kind");

	machine_start(&m);
	machine_boot(&m);
	memcpy(strstr((char *)m.runtime_log.p, "rampart/1\",\"content\""), "another/1", 9);
	rest();
	lie("runtime_log.form", "an event of another type");

	machine_start(&m);
	machine_boot(&m);
	m.runtime_log.len--;
	rest();
	lie("runtime_log.form", "a runtime log cut short");

	machine_start(&m);
	machine_boot(&m);
	m.runtime_log.p[strlen("{\"recnum\":")] = '1';
	rest();
	lie("runtime_log.form", "records with a gap");
}

static void test_values(void)
{
	machine_start(&m);
	machine_boot(&m);
	m.values.value[HASH_SHA256][10].bytes[0] ^= 1;
	rest();
	lie("logs.replay golden.values", "a PCR that something else was measured into");

	machine_start(&m);
	boot_rest();
	m.values.value[HASH_SHA256][10].bytes[0] ^= 1;
	machine_seal(&m);
	lie("quote.digest logs.replay golden.values", "a value beside the quote");

	machine_start(&m);
	m.n_firmware = m.n_runtime = 0;
	boot_rest();
	lie("quote.measured runtime.identity runtime.ready pcr15 golden.values",
	    "a machine that measured nothing: all zeros");

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	machine_boot(&m);
	for (size_t pcr = 0; pcr < 16; pcr++)
		memset(m.values.value[HASH_SHA384][pcr].bytes, 0, 48);
	rest();
	lie("quote.measured logs.replay pcr15", "a bank that is active and was not extended");
}

static void test_banks(void)
{
	static const enum hash_alg both[] = { HASH_SHA256, HASH_SHA384 };

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	boot_rest();
	lie("", "a second bank does no harm");

	machine_start(&m);
	machine_boot(&m);
	memcpy(m.bank, both, sizeof(both));
	m.n_banks = 2;
	write_firmware_log(&m);
	m.n_banks = 1;
	rest();
	lie("logs.banks", "a bank in the firmware's log that is not quoted");

	machine_start(&m);
	machine_boot(&m);
	memcpy(m.bank, both, sizeof(both));
	m.n_listed = 1;
	write_firmware_log(&m);
	rest();
	lie("", "but one that only the log's header lists does no harm");

	machine_start(&m);
	m.bank[1] = HASH_SHA384;
	m.n_banks = 2;
	machine_boot(&m);
	m.n_banks = m.n_listed = 1;
	write_firmware_log(&m);
	m.n_banks = 2;
	rest();
	lie("logs.replay", "a bank that is quoted and that no event has");

	machine_start(&m);
	machine_boot(&m);
	memcpy(m.bank, both, sizeof(both));
	m.n_banks = 2;
	write_runtime_log(&m);
	m.n_banks = 1;
	rest();
	lie("logs.banks", "or in the runtime log");

	machine_start(&m);
	m.bank[0] = HASH_SHA384;
	boot_rest();
	lie("logs.banks golden.values", "a machine without the bank sha256");
}

/* ---- what init measured ---- */

static void test_identity(void)
{
	struct event event;

	machine_start(&m);
	event_of_key(world.other_tls_cert, &m.runtime[4]);
	boot_rest();
	lie("runtime.identity pcr15", "the identity of another key");

	machine_start(&m);
	machine_boot(&m);
	event_of_key(world.other_tls_cert, &event);
	m.n_runtime = 4;
	add_runtime(&m, &event);
	event_of_key(m.tls, &event);
	add_runtime(&m, &event);
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		must(event_ready(event_capped_pcrs[i], &event) == 0);
		add_runtime(&m, &event);
	}
	boot_rest();
	lie("runtime.identity pcr15", "two identities");

	machine_start(&m);
	drop_runtime(4);
	boot_rest();
	lie("runtime.identity pcr15", "no identity");

	machine_start(&m);
	event = m.runtime[4];
	m.runtime[4] = m.runtime[5];
	m.runtime[5] = event;
	boot_rest();
	lie("runtime.identity", "an identity that comes after a ready");

	machine_start(&m);
	m.runtime[4].pcr = 14;
	boot_rest();
	lie("runtime.events runtime.identity pcr15 golden.values", "an identity in another PCR");
}

static void test_ready(void)
{
	struct event event;

	machine_start(&m);
	event = m.runtime[3];
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.ready golden.values", "a model that was measured after ready");

	machine_start(&m);
	event_of_key(world.other_tls_cert, &event);
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.identity runtime.ready pcr15", "an identity that was measured after ready");

	machine_start(&m);
	drop_runtime(8);
	boot_rest();
	lie("runtime.ready pcr15", "PCR 15 without ready");

	machine_start(&m);
	event = m.runtime[5];
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.ready golden.values", "ready twice");

	machine_start(&m);
	must(event_error(15, "run", "the gateway ended", &event) == 0);
	add_runtime(&m, &event);
	boot_rest();
	lie("runtime.error runtime.ready pcr15", "a machine that has given up");
}

/* ---- a real log ---- */

static json_t *golden_events_of_log(struct eventlog log)
{
	json_t *events = json_array();
	struct eventlog_event ev;

	while (eventlog_next(&log, &ev, NULL) > 0) {
		char hex[HASH_HEX_MAX];

		digest_hex(&ev.digest[HASH_SHA256], hex);
		if (ev.type != EV_NO_ACTION)
			json_array_append_new(events,
					      json_pack("{s:i, s:s, s:s, s:s}", "pcr", (int)ev.pcr,
							"type", eventlog_type_name(ev.type),
							"sha256", hex, "what", ""));
	}
	return events;
}

/* The machine with the log of OVMF, systemd-boot and Linux in place of its own. */
static void use_real_log(struct eventlog *log)
{
	struct pcrs pcrs;
	size_t len = 0;
	uint8_t *file = slurp("tests/fixtures/ovmf-q35.bin", &len);

	must(file != NULL);
	machine_start(&m);
	m.n_firmware = 0;
	machine_boot(&m);
	m.firmware_log.len = 0;
	put(&m.firmware_log, file, len);
	free(file);
	must(eventlog_open(m.firmware_log.p, len, log, NULL) == 0 &&
	     eventlog_replay(log, &pcrs, NULL) == 0);
	for (unsigned pcr = 0; pcr < 16; pcr++)
		if (pcrs.used[pcr])
			m.values.value[HASH_SHA256][pcr] = pcrs.value[HASH_SHA256][pcr];
}

static void test_real_log(void)
{
	struct rampart_policy *with = rampart_policy_new();
	struct eventlog log;
	json_t *golden, *events;

	use_real_log(&log);
	golden = golden_of(&m);
	events = golden_events_of_log(log);
	json_array_extend(events, json_object_get(golden, "events"));
	json_object_set_new(golden, "events", events);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, world.root, true);
	rest();
	connect_to(m.tls);
	expect(with, "", "a real log of the firmware holds");
	m.firmware_log.p[m.firmware_log.len - 1] ^= 1; /* the data of its last event, a text */
	rest();
	expect(with, "", "what only describes an event decides nothing");
	rampart_policy_free(with);
}

int main(void)
{
	make_world();
	policy = policy_of_whole();
	test_firmware_log();
	test_localities();
	test_runtime_log();
	test_values();
	test_banks();
	test_identity();
	test_ready();
	test_real_log();
	machine_done(&m);
	rampart_policy_free(policy);
	free_world();
	return tap_done();
}
