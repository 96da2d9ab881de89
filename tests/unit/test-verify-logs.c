/* SPDX-License-Identifier: MIT */
/* Both logs, the PCR values, and what the events of init must be. */
#include "tests/lib/lies.h"

static void drop_runtime(size_t i)
{
	memmove(&machine.runtime[i], &machine.runtime[i + 1],
		(machine.n_runtime - i - 1) * sizeof(machine.runtime[0]));
	machine.n_runtime--;
}

static void test_firmware_log(void)
{
	struct measured swap;

	machine_start(&machine);
	machine_boot(&machine);
	add_firmware(&machine, 4, EV_EFI_BOOT_SERVICES_APPLICATION, "another program");
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event more in the firmware's log");

	machine_start(&machine);
	machine_boot(&machine);
	drop_firmware(&machine, 15);
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event less");

	machine_start(&machine);
	machine_boot(&machine);
	swap = machine.firmware[14];
	machine.firmware[14] = machine.firmware[15];
	machine.firmware[15] = swap;
	relog(write_firmware_log);
	lie("logs.replay", "two events of one PCR, swapped");

	machine_start(&machine);
	machine_boot(&machine);
	machine.firmware[14].type = EV_IPL;
	relog(write_firmware_log);
	lie("golden.types", "an event of another type, which is not hashed");

	machine_start(&machine);
	machine_boot(&machine);
	machine.firmware[14].type = EV_NO_ACTION;
	relog(write_firmware_log);
	lie("logs.replay golden.types", "an event that is said to be none");

	machine_start(&machine);
	machine_boot(&machine);
	machine.firmware_log.len -= 3;
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
	header = 32 + machine.firmware_log.p[28];
	put(&log, machine.firmware_log.p, header);
	put(&log, ev.p, ev.len);
	put(&log, machine.firmware_log.p + header, machine.firmware_log.len - header);
	machine.firmware_log.len = 0;
	put(&machine.firmware_log, log.p, log.len);
	if (eventlog_open(log.p, log.len, &read, NULL) == 0 &&
	    eventlog_replay(&read, &pcrs, NULL) == 0)
		machine.values.value[HASH_SHA256][0] = pcrs.value[HASH_SHA256][0];
}

static void locality(const char *data, size_t len, const char *checks, const char *name)
{
	machine_start(&machine);
	machine_boot(&machine);
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

	machine_start(&machine);
	machine_boot(&machine);
	insert_event(99, EV_ACTION, "x", 1);
	rest();
	lie("logs.replay", "a measurement into a PCR that there is not");
}

static void test_runtime_log(void)
{
	struct event swap;

	machine_start(&machine);
	machine_boot(&machine);
	swap = machine.runtime[3];
	memcpy(strstr(swap.line, "model.gguf"), "MODEL.gguf", 10);
	memmove(&machine.runtime[5], &machine.runtime[4], (machine.n_runtime - 4) * sizeof(swap));
	machine.n_runtime++;
	machine.runtime[4] = swap;
	relog(write_runtime_log);
	lie("logs.replay golden.types", "an event more in the runtime log");

	machine_start(&machine);
	machine_boot(&machine);
	drop_runtime(1);
	relog(write_runtime_log);
	lie("logs.replay golden.types", "an event less");

	machine_start(&machine);
	machine_boot(&machine);
	swap = machine.runtime[0];
	machine.runtime[0] = machine.runtime[1];
	machine.runtime[1] = swap;
	relog(write_runtime_log);
	lie("logs.replay", "two events, swapped");

	machine_start(&machine);
	machine_boot(&machine);
	memcpy(strstr(machine.runtime[0].line, " plan "), " ploy ", 6);
	relog(write_runtime_log);
	lie("logs.replay runtime.events", "an event of another kind");

	machine_start(&machine);
	machine_boot(&machine);
	memcpy(strstr((char *)machine.runtime_log.p, "rampart/1\",\"content\""), "another/1", 9);
	rest();
	lie("runtime_log.form", "an event of another type");

	machine_start(&machine);
	machine_boot(&machine);
	machine.runtime_log.len--;
	rest();
	lie("runtime_log.form", "a runtime log cut short");

	machine_start(&machine);
	machine_boot(&machine);
	machine.runtime_log.p[strlen("{\"recnum\":")] = '1';
	rest();
	lie("runtime_log.form", "records with a gap");
}

static void test_values(void)
{
	machine_start(&machine);
	machine_boot(&machine);
	machine.values.value[HASH_SHA256][10].bytes[0] ^= 1;
	rest();
	lie("logs.replay golden.values", "a PCR that something else was measured into");

	machine_start(&machine);
	boot_rest();
	machine.values.value[HASH_SHA256][10].bytes[0] ^= 1;
	machine_seal(&machine);
	lie("quote.digest logs.replay golden.values", "a value beside the quote");

	machine_start(&machine);
	machine.n_firmware = machine.n_runtime = 0;
	boot_rest();
	lie("quote.measured runtime.identity runtime.ready pcr15 golden.values",
	    "a machine that measured nothing: all zeros");

	machine_start(&machine);
	machine.bank[1] = HASH_SHA384;
	machine.n_banks = 2;
	machine_boot(&machine);
	for (size_t pcr = 0; pcr < 16; pcr++)
		memset(machine.values.value[HASH_SHA384][pcr].bytes, 0, 48);
	rest();
	lie("quote.measured logs.replay pcr15", "a bank that is active and was not extended");
}

static void test_banks(void)
{
	static const enum hash_alg both[] = { HASH_SHA256, HASH_SHA384 };

	machine_start(&machine);
	machine.bank[1] = HASH_SHA384;
	machine.n_banks = 2;
	boot_rest();
	lie("", "a second bank does no harm");

	machine_start(&machine);
	machine_boot(&machine);
	memcpy(machine.bank, both, sizeof(both));
	machine.n_banks = 2;
	write_firmware_log(&machine);
	machine.n_banks = 1;
	rest();
	lie("logs.banks", "a bank in the firmware's log that is not quoted");

	machine_start(&machine);
	machine_boot(&machine);
	memcpy(machine.bank, both, sizeof(both));
	machine.n_listed = 1;
	write_firmware_log(&machine);
	rest();
	lie("", "but one that only the log's header lists does no harm");

	machine_start(&machine);
	machine.bank[1] = HASH_SHA384;
	machine.n_banks = 2;
	machine_boot(&machine);
	machine.n_banks = machine.n_listed = 1;
	write_firmware_log(&machine);
	machine.n_banks = 2;
	rest();
	lie("logs.replay", "a bank that is quoted and that no event has");

	machine_start(&machine);
	machine_boot(&machine);
	memcpy(machine.bank, both, sizeof(both));
	machine.n_banks = 2;
	write_runtime_log(&machine);
	machine.n_banks = 1;
	rest();
	lie("logs.banks", "or in the runtime log");

	machine_start(&machine);
	machine.bank[0] = HASH_SHA384;
	boot_rest();
	lie("golden.values", "a machine without the bank of the golden values");

	machine_start(&machine);
	machine.bank[0] = HASH_SHA1;
	boot_rest();
	lie("logs.banks golden.values", "a machine that has nothing but sha1");

	machine_start(&machine);
	machine.bank[0] = HASH_SHA512;
	boot_rest();
	lie("logs.banks golden.values", "or nothing but sha512");
}

/* ---- what init measured ---- */

static void test_identity(void)
{
	struct event event;

	machine_start(&machine);
	event_of_key(pki.other_tls_cert, &machine.runtime[4]);
	boot_rest();
	lie("runtime.identity pcr15", "the identity of another key");

	machine_start(&machine);
	machine_boot(&machine);
	event_of_key(pki.other_tls_cert, &event);
	machine.n_runtime = 4;
	add_runtime(&machine, &event);
	event_of_key(machine.tls, &event);
	add_runtime(&machine, &event);
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		must(event_ready(event_capped_pcrs[i], &event) == 0);
		add_runtime(&machine, &event);
	}
	boot_rest();
	lie("runtime.identity pcr15", "two identities");

	machine_start(&machine);
	drop_runtime(4);
	boot_rest();
	lie("runtime.identity pcr15", "no identity");

	machine_start(&machine);
	event = machine.runtime[4];
	machine.runtime[4] = machine.runtime[5];
	machine.runtime[5] = event;
	boot_rest();
	lie("runtime.identity", "an identity that comes after a ready");

	machine_start(&machine);
	machine.runtime[4].pcr = 14;
	boot_rest();
	lie("runtime.events runtime.identity pcr15 golden.values", "an identity in another PCR");
}

static void test_ready(void)
{
	struct event event;

	machine_start(&machine);
	event = machine.runtime[3];
	add_runtime(&machine, &event);
	boot_rest();
	lie("runtime.ready golden.values", "a model that was measured after ready");

	machine_start(&machine);
	event_of_key(pki.other_tls_cert, &event);
	add_runtime(&machine, &event);
	boot_rest();
	lie("runtime.identity runtime.ready pcr15", "an identity that was measured after ready");

	machine_start(&machine);
	drop_runtime(8);
	boot_rest();
	lie("runtime.ready pcr15", "PCR 15 without ready");

	machine_start(&machine);
	event = machine.runtime[5];
	add_runtime(&machine, &event);
	boot_rest();
	lie("runtime.ready golden.values", "ready twice");

	machine_start(&machine);
	must(event_error(15, "run", "the gateway ended", &event) == 0);
	add_runtime(&machine, &event);
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
	machine_start(&machine);
	machine.n_firmware = 0;
	machine_boot(&machine);
	machine.firmware_log.len = 0;
	put(&machine.firmware_log, file, len);
	free(file);
	must(eventlog_open(machine.firmware_log.p, len, log, NULL) == 0 &&
	     eventlog_replay(log, &pcrs, NULL) == 0);
	for (unsigned pcr = 0; pcr < 16; pcr++)
		if (pcrs.used[pcr])
			machine.values.value[HASH_SHA256][pcr] = pcrs.value[HASH_SHA256][pcr];
}

static void test_real_log(void)
{
	struct rampart_policy *with = rampart_policy_new();
	struct eventlog log;
	json_t *golden, *events;

	use_real_log(&log);
	golden = golden_of(&machine);
	events = golden_events_of_log(log);
	json_array_extend(events, json_object_get(golden, "events"));
	json_object_set_new(golden, "events", events);
	must(add_golden(with, "golden.json", golden));
	json_decref(golden);
	add_root(with, pki.root, true);
	rest();
	connect_to(machine.tls);
	expect(with, "", "a real log of the firmware holds");
	machine.firmware_log.p[machine.firmware_log.len - 1] ^=
		1; /* the data of its last event, a text */
	rest();
	expect(with, "", "what only describes an event decides nothing");
	rampart_policy_free(with);
}

int main(void)
{
	make_pki();
	policy = policy_of_whole();
	test_firmware_log();
	test_localities();
	test_runtime_log();
	test_values();
	test_banks();
	test_identity();
	test_ready();
	test_real_log();
	machine_done(&machine);
	rampart_policy_free(policy);
	free_pki();
	return tap_done();
}
